"""How static files are named once they are collected."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStaticFilesStorage(CompressedManifestStaticFilesStorage):
    """Names with a hash, also where one script imports another: a page never mixes scripts of two versions."""

    support_js_module_import_aggregation = True
    # In the worst order of files a pass names one level of imports; ours go deeper than the five passes of Django.
    max_post_process_passes = 12

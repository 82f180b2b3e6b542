"""The storage of collected static files."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStaticFilesStorage(CompressedManifestStaticFilesStorage):
    """Names files by their hash, inside imports of scripts too, so that a page never mixes scripts of two versions."""

    support_js_module_import_aggregation = True
    # In the worst order of files a pass resolves one level of imports, and these go deeper than Django's five passes.
    max_post_process_passes = 12

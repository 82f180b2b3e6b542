"""The contact sheet as one HTML file that needs nothing else: it opens from any disk, and prints."""

from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import IO

from photos.catalogue.words import Entry, Heading, MoreFiles, display_name, error_text, format_sizes

STYLESHEET = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
# Nothing is fetched and no script runs, even if a name contained HTML.
CONTENT_SECURITY_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
DOCUMENT_HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
<header>
<h1>{title}</h1>
{facts}</header>
<main>
"""
DOCUMENT_FOOT = "</div>\n</main>\n</body>\n</html>\n"


class HtmlSheet:
    """Writes the HTML contact sheet, one line after the other."""

    def __init__(self, file: IO[str], title: str, facts: list[str]) -> None:
        self.file = file
        self.open = False
        paragraphs = "".join(f"<p>{escape(fact)}</p>\n" for fact in facts)
        file.write(
            DOCUMENT_HEAD.format(
                policy=CONTENT_SECURITY_POLICY, title=escape(title), style=STYLESHEET, facts=paragraphs
            )
        )

    def add(self, line: Heading | Entry | MoreFiles) -> None:
        """Write a heading, a file, or the number of further files."""
        if isinstance(line, Heading):
            self.file.write("</div>\n" * self.open)
            self.open = False
            self.file.write(f"<h{line.level + 1}>{escape(line.text)}</h{line.level + 1}>\n")
            return
        if not self.open:
            self.file.write('<div class="sheet">\n')
            self.open = True
        self.file.write(f'<p class="more">{line}</p>\n' if isinstance(line, MoreFiles) else "".join(figure_html(line)))

    def end(self) -> None:
        """Write the end of the document."""
        self.file.write(DOCUMENT_FOOT)


def figure_html(entry: Entry) -> Iterator[str]:
    """The HTML of a file: its picture, name, folder, sizes and error."""
    error = error_text(entry)
    yield f'<figure class="{escape(entry["outcome"])}">'
    if "picture" in entry:
        size = f'width="{entry["width"]}" height="{entry["height"]}"'
        yield f'<div><img alt="" {size} src="data:image/jpeg;base64,{entry["picture"]}"></div>'
    else:
        yield f"<div><span>{escape((entry['output_format'] or entry['format']).upper() or 'Deleted')}</span></div>"
    yield f"<figcaption><b>{escape(display_name(entry))}</b>"
    if entry["path"]:
        yield f"<i>{escape(entry['path'])}</i>"
    yield f"<i>{format_sizes(entry)}</i>"
    if error:
        yield f"<strong>{escape(error)}</strong>"
    yield "</figcaption></figure>\n"

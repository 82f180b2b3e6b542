"""What is shown of the names that files are sent under."""

import pytest

from photos.files import names


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("../../../../tmp/escape.jpg", "escape.jpg"),
        ("C:\\Windows\\win.ini.jpg", "win.ini.jpg"),
        ("a\0b.php\0.jpg", "ab.php.jpg"),
        ("line\nbreak\r\nX-Injected: 1.jpg", "linebreakX-Injected: 1.jpg"),
        ("photo\u202egpj.exe.jpg", "photogpj.exe.jpg"),
        (" leading and trailing  .jpg ", "leading and trailing  .jpg"),
        ("cafe\u0301.jpg", "café.jpg"),
        ("say %22cheese%22.jpg", 'say "cheese".jpg'),
        ("-rf --help.jpg", "-rf --help.jpg"),
        ("<img src=x onerror=alert(1)>.jpg", "<img src=x onerror=alert(1)>.jpg"),
        ("..%2f..%2fetc%2fpasswd.jpg", "..%2f..%2fetc%2fpasswd.jpg"),
        (".htaccess", ".htaccess"),
        ("...jpg", "...jpg"),
        ("half \ud800 pair.jpg", "half  pair.jpg"),
        ("👩\u200d🚀.jpg", "👩\u200d🚀.jpg"),
    ],
)
def test_a_name_is_shown_without_what_could_deceive(raw: str, expected: str) -> None:
    assert names.display_name(raw, "jpg") == expected


@pytest.mark.parametrize("raw", [None, "", " ", ".", "..", "a/", "\0", "\x01\x7f", "%00%1f", "\u200b"])
def test_a_name_that_is_none_becomes_unnamed(raw: str | None) -> None:
    assert names.display_name(raw, "jpg") == "unnamed.jpg"


@pytest.mark.parametrize("raw", ["n" * 300 + ".jpg", "写" * 120 + ".jpg", "é" * 200, "." + "x" * 400])
def test_a_long_name_is_cut_to_255_bytes(raw: str) -> None:
    expected = names.display_name(raw, "jpg")

    assert 250 <= len(expected.encode()) <= 255
    assert expected.endswith(".jpg") == raw.endswith(".jpg")


@pytest.mark.parametrize(
    ("path", "name", "folder"),
    [
        ("Trip/Day 1/a.jpg", "a.jpg", "Trip/Day 1"),
        ("Trip/Day 1", "a.jpg", "Trip/Day 1"),
        ("a.jpg", "a.jpg", ""),
        ("", "a.jpg", ""),
        ("/../../etc/./x//a.jpg", "a.jpg", "etc/x"),
        ("C:\\Photos\\a.jpg", "a.jpg", "Photos"),
        ("e\u0301te\u0301/a.jpg", "a.jpg", "été"),
        ("a\0b/\x01/a.jpg", "a.jpg", "ab"),
    ],
)
def test_a_folder_is_the_path_without_the_file(path: str, name: str, folder: str) -> None:
    assert names.display_folder(path, name) == folder


def test_a_bottomless_folder_is_cut() -> None:
    assert len(names.display_folder("/".join(["folder"] * 1000), "a.jpg").encode()) <= 1000


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("a.heic", "a.jpg"),
        ("a.b.png", "a.b.jpg"),
        ("a", "a.jpg"),
        (".htaccess", ".htaccess.jpg"),
        ("v 1.0 final", "v 1.0 final.jpg"),
        ("v1.0", "v1.0.jpg"),
        ("写" * 84 + ".a", "写" * 83 + ".jpg"),
    ],
)
def test_an_output_has_the_extension_of_its_format(name: str, changed: str) -> None:
    assert names.replace_extension(name, "jpg") == changed


def test_names_that_meet_are_numbered() -> None:
    unique = names.UniqueNames()

    given = [unique(name) for name in ("a.jpg", "A.JPG", "a.jpg", "a (2).jpg", "b/a.jpg", "b/a.jpg", "x.y/a", "x.y/a")]

    assert given == [
        "a.jpg", "A (2).JPG", "a (3).jpg", "a (2) (2).jpg", "b/a.jpg", "b/a (2).jpg", "x.y/a", "x.y/a (2)",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["我" * 83 + "ab.jpg", "n" * 251 + ".jpg", "x" * 255, "Trip/" + "é" * 125 + ".jpeg"])
def test_numbered_names_are_still_short_enough(name: str) -> None:
    unique = names.UniqueNames()

    given = [unique(name) for _ in range(12)]

    assert given[0] == name
    assert len(set(given)) == 12
    assert {len(each.rpartition("/")[2].encode()) <= 255 for each in given} == {True}
    assert {each.rpartition(".")[2] for each in given if "." in name} <= {name.rpartition(".")[2]}


def test_names_that_differ_in_how_an_accent_is_coded_meet() -> None:
    unique = names.UniqueNames()

    assert unique("caf\u00e9.jpg") == "caf\u00e9.jpg"
    assert unique("CAFE\u0301.jpg") == "CAFE\u0301 (2).jpg"


def test_categories_that_look_alike_are_one() -> None:
    assert names.clean_category(" cafe\u0301\u200b  bar ") == names.clean_category("caf\u00e9 bar") == "caf\u00e9 bar"

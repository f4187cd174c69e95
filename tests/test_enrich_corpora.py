"""Reading corpora: tables, folders of them, bare folders of images; what is wrong is told with its place."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import pyarrow
import pyarrow.parquet as parquet
import pytest
from PIL import Image

from enrich.corpora import CorpusError, Digests, read
from kg.nouns import Region

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the real corpora are not beside the repository")

HEADER = ["id", "image", "page", "caption", "heading", "text_before", "text_after", "language"]
ROWS = [
    ["a-1", "images/1.png", "3", "Abb. 1. „Die Mühle“, Zeichnung", "Mühlen", "vorher, und", "nachher", "de"],
    ["a-2", "images/2.png", "4", 'Abb. 2.\nDas "Rad"', "Mühlen", "vor", "nach", "de"],
]


def picture(path: Path, colour: int = 0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (8, 8), (colour % 256, 99, 7)).save(path)


def csv_text(rows: Sequence[Sequence[str]], delimiter: str = ",") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A canonical corpus folder with two illustrations."""
    root = tmp_path / "mills"
    picture(root / "images" / "1.png", 1)
    picture(root / "images" / "2.png", 2)
    (root / "illustrations.csv").write_text(csv_text([HEADER, *ROWS]), encoding="utf-8")
    book = {
        "title": "Mühlen",
        "author": "I. Schönwetter",
        "year": "1897",
        "language": "de",
        "shelfmark": "X 12",
    }
    (root / "book.json").write_text(json.dumps(book), encoding="utf-8")
    return root


def test_a_canonical_folder_gives_source_and_illustrations(folder: Path) -> None:
    corpus, faults = read(folder)
    assert faults == []
    assert corpus.id == "mills"
    (source,) = corpus.sources
    assert (source.id, source.title, source.creator, source.date) == (
        "mills",
        "Mühlen",
        "I. Schönwetter",
        "1897",
    )
    assert source.metadata == (("shelfmark", "X 12"),)
    first, second = corpus.illustrations
    assert (
        first.key == "mills/a-1" and first.caption == "Abb. 1. „Die Mühle“, Zeichnung" and first.page == "3"
    )
    assert second.caption == 'Abb. 2.\nDas "Rad"'
    assert first.image == folder / "images" / "1.png" and len(first.image_digest) == 64


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_delimiter_and_byte_order_mark_make_no_difference(folder: Path, delimiter: str, mark: str) -> None:
    expected, _ = read(folder)
    text = mark + csv_text([HEADER, *ROWS], delimiter)
    (folder / "illustrations.csv").write_text(text, encoding="utf-8")
    assert read(folder)[0] == expected


def test_json_lines_and_parquet_say_the_same_as_csv(folder: Path) -> None:
    expected, _ = read(folder)
    records = [dict(zip(HEADER, row, strict=True)) for row in ROWS]
    (folder / "illustrations.csv").unlink()
    lines = "\n".join(json.dumps(r, ensure_ascii=False) for r in records)
    (folder / "illustrations.jsonl").write_text(lines, encoding="utf-8")
    assert read(folder)[0] == expected
    (folder / "illustrations.jsonl").unlink()
    parquet.write_table(pyarrow.Table.from_pylist(records), folder / "illustrations.parquet")
    assert read(folder)[0] == expected


def test_unknown_columns_become_metadata_and_mapped_ones_fields(folder: Path) -> None:
    text = csv_text([["file", "legend", "Technik", "leer"], ["images/1.png", "Die Mühle", "Holzschnitt", ""]])
    (folder / "illustrations.csv").write_text(text, encoding="utf-8")
    corpus, faults = read(folder, {"image": "file", "caption": "legend"})
    (one,) = corpus.illustrations
    assert faults == []
    assert (one.id, one.caption) == ("images/1.png", "Die Mühle")
    assert one.metadata == (("Technik", "Holzschnitt"),)


def test_source_columns_make_sources(folder: Path) -> None:
    rows = [
        ["id", "source", "source_title", "source_date", "caption", "region"],
        ["1", "vol-1", "Journal, vol. 1", "1901", "One", "10,20,300,400"],
        ["1", "vol-2", "Journal, vol. 2", "n.d.", "Two", ""],
    ]
    (folder / "illustrations.csv").write_text(csv_text(rows), encoding="utf-8")
    corpus, faults = read(folder)
    assert faults == []
    assert [(s.id, s.title, s.date) for s in corpus.sources] == [
        ("vol-1", "Journal, vol. 1", "1901"),
        ("vol-2", "Journal, vol. 2", ""),
    ]
    assert [i.key for i in corpus.illustrations] == ["vol-1/1", "vol-2/1"]
    assert corpus.illustrations[0].region == Region(10, 20, 300, 400)


def test_each_bad_row_is_one_fault_with_its_place_and_the_others_are_read(folder: Path) -> None:
    text = csv_text([HEADER, *ROWS])
    text += "a-3,images/1.png,5\n"  # too few fields
    text += csv_text([["a-1", "images/2.png", "6", "Again", "", "", "", "de"]])  # the id of the first row
    text += csv_text([["a-5", "images/none.png", "7", "Gone", "", "", "", "de"]])
    text += csv_text([["a-6", "", "8", "", "", "", "", "de"]])  # nothing to read
    (folder / "illustrations.csv").write_text(text, encoding="utf-8")
    corpus, faults = read(folder)
    assert [i.id for i in corpus.illustrations] == ["a-1", "a-2", "a-5", "a-6"]
    assert [(f.place, f.level) for f in faults] == [
        ("illustrations.csv:4 (line 5)", "error"),
        ("illustrations.csv:6 (line 7)", "error"),
        ("illustrations.csv:7 (line 8) a-6", "notice"),
        ("illustrations.csv:5 (line 6)", "error"),
    ]
    assert faults[0].reason == "has 3 fields, the header 8; the row was left out"
    assert "images/none.png does not exist" in faults[1].reason
    assert faults[3].reason == "the id 'a-1' was used before, at illustrations.csv:2; the row was left out"
    assert corpus.illustrations[2].image is None


def test_an_unclosed_quotation_mark_costs_its_own_row_only(folder: Path) -> None:
    good = csv_text([["a-4", "", "", "Good", "", "", "", "de"], ["a-5", "", "", "Better", "", "", "", "de"]])
    text = csv_text([HEADER, *ROWS]) + 'a-3,,,"never closed,,,,de\n' + good
    (folder / "illustrations.csv").write_text(text, encoding="utf-8")
    corpus, (fault,) = read(folder)
    assert [i.id for i in corpus.illustrations] == ["a-1", "a-2", "a-4", "a-5"]
    assert fault.place == "illustrations.csv:4 (line 5)" and "opened and not closed" in fault.reason


def test_a_broken_json_line_is_one_fault(folder: Path) -> None:
    (folder / "illustrations.csv").unlink()
    lines = '{"id": "1", "caption": "One"}\n{"id": "2", "caption"\n[3]\n{"id": "4", "caption": "Four"}\n'
    (folder / "illustrations.jsonl").write_text(lines, encoding="utf-8")
    corpus, faults = read(folder)
    assert [i.id for i in corpus.illustrations] == ["1", "4"]
    assert [f.place for f in faults] == ["illustrations.jsonl:2", "illustrations.jsonl:3"]


def test_a_table_that_is_not_utf8_is_refused_with_the_line_and_a_guess(folder: Path) -> None:
    file = folder / "illustrations.csv"
    file.write_bytes("id,caption\n1,Mill\n2,Mühle\n".encode("windows-1252"))
    with pytest.raises(CorpusError, match=r"line 3 is not UTF-8 \(byte 0xfc\).*Windows-1252"):
        read(folder)
    file.write_bytes("id,caption\n1,Mühle\n".encode("utf-16"))
    with pytest.raises(CorpusError, match="is UTF-16"):
        read(folder)


@pytest.mark.parametrize(
    "name", ["../secret.png", "/etc/secret.png", "images/../../secret.png", "link/secret.png"]
)
def test_an_image_path_never_leaves_the_corpus_folder(folder: Path, name: str) -> None:
    picture(folder.parent / "secret.png")
    (folder / "link").symlink_to(folder.parent)
    (folder / "illustrations.csv").write_text(csv_text([["id", "image"], ["1", name]]), encoding="utf-8")
    corpus, (fault,) = read(folder)
    assert corpus.illustrations[0].image is None
    assert "lies outside" in fault.reason and "--images" in fault.reason


def test_images_may_lie_in_a_folder_that_is_named(folder: Path, tmp_path: Path) -> None:
    shutil.move(folder / "images", tmp_path / "elsewhere" / "images")
    corpus, faults = read(folder, images=tmp_path / "elsewhere")
    assert faults == [] and all(i.image for i in corpus.illustrations)


def test_an_address_is_not_fetched(folder: Path) -> None:
    rows = [["id", "image"], ["1", "https://example.org/1.jpg"]]
    (folder / "illustrations.csv").write_text(csv_text(rows), encoding="utf-8")
    _, (fault,) = read(folder)
    assert "nothing is downloaded" in fault.reason


def test_a_mapping_to_a_column_that_is_not_there_names_the_nearest(folder: Path) -> None:
    with pytest.raises(CorpusError, match=r"has no column 'captoin'.*did you mean 'caption'"):
        read(folder, {"heading": "captoin"})
    with pytest.raises(CorpusError, match=r"'captions' is not a field.*did you mean 'caption'"):
        read(folder, {"captions": "caption"})


def test_a_folder_of_folders_is_one_corpus_of_many_sources(folder: Path) -> None:
    parent = folder.parent / "shelf"
    shutil.copytree(folder, parent / "one")
    shutil.copytree(folder, parent / "two")
    (parent / "broken").mkdir()
    (parent / "broken" / "illustrations.csv").write_bytes(b"id,caption\n1,M\xfchle\n")
    corpus, (fault,) = read(parent)
    assert [s.id for s in corpus.sources] == ["one", "two"]
    assert [i.key for i in corpus.illustrations] == ["one/a-1", "one/a-2", "two/a-1", "two/a-2"]
    assert fault.place == "broken" and "not UTF-8" in fault.reason


def test_a_bare_folder_is_read_recursively_in_order_without_hidden_files(tmp_path: Path) -> None:
    root = tmp_path / "scans"
    for name in ("b.jpg", "a/2.png", "a/10.png", ".hidden.png", ".git/x.png", "__MACOSX/._b.jpg"):
        picture(root / name)
    (root / "notes.txt").write_text("not a picture")
    corpus, faults = read(root)
    assert faults == []
    assert [i.id for i in corpus.illustrations] == ["a/10.png", "a/2.png", "b.jpg"]
    assert corpus.sources[0].title == "scans"


def test_the_same_input_gives_the_same_corpus_whatever_the_order_of_its_rows(folder: Path) -> None:
    before, _ = read(folder)
    (folder / "illustrations.csv").write_text(csv_text([HEADER, *reversed(ROWS)]), encoding="utf-8")
    after, _ = read(folder)
    assert after.digest == before.digest


def test_nothing_to_read_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="no such file or folder"):
        read(tmp_path / "nowhere")
    with pytest.raises(CorpusError, match="neither a table"):
        read(tmp_path)
    (tmp_path / "illustrations.csv").write_text("")
    with pytest.raises(CorpusError, match="the table is empty"):
        read(tmp_path)
    (tmp_path / "illustrations.csv").write_text("red,green\n1,2\n")
    with pytest.raises(CorpusError, match="none of its columns"):
        read(tmp_path)


def test_digests_are_remembered_until_a_file_changes(folder: Path, tmp_path: Path) -> None:
    memory = tmp_path / "digests.sqlite"
    with Digests(memory) as digests:
        before, _ = read(folder, digests=digests)
        assert digests.read == 2
    with Digests(memory) as digests:
        assert read(folder, digests=digests)[0] == before
        assert digests.read == 0
        picture(folder / "images" / "1.png", 77)
        os.utime(folder / "images" / "1.png", ns=(1, 1))
        assert read(folder, digests=digests)[0] != before
        assert digests.read == 1


def test_a_pixplot_table_is_read_as_it_is(tmp_path: Path) -> None:
    header = "filename,category,tags,description,permalink,Year\n"
    (tmp_path / "metadata.csv").write_text(header + 'bees.jpg,yellow,a|b,"bees\' knees",https://x.org,1776\n')
    picture(tmp_path / "photos" / "bees.jpg")
    corpus, faults = read(tmp_path)
    (bees,) = corpus.illustrations
    assert faults == [] and bees.image == tmp_path / "photos" / "bees.jpg"
    assert bees.caption == "bees' knees"
    assert dict(bees.metadata) == {
        "category": "yellow",
        "tags": "a|b",
        "permalink": "https://x.org",
        "Year": "1776",
    }


def test_a_vikus_table_finds_its_images_by_id_and_its_captions_by_config(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text(
        "id,year,keywords,_Titel\nGEM_1,1820,Platz,Ansicht\nGEM_2,1830,See,Boote\n"
    )
    config = {"detail": {"structure": [{"name": "Titel", "source": "_Titel"}]}}
    (tmp_path / "config.json").write_text(json.dumps(config))
    picture(tmp_path / "1024" / "GEM_1.jpg")
    corpus, (fault,) = read(tmp_path)
    first, second = corpus.illustrations
    assert first.image == tmp_path / "1024" / "GEM_1.jpg" and first.caption == "Ansicht"
    assert second.image is None and "1 of 2 rows" in fault.reason


@needs_data
def test_the_real_corpora_are_read_without_a_fault() -> None:
    corpus, faults = read(DATA / "corpus" / "en-mic-goya")
    assert faults == [] and len(corpus.illustrations) == 8
    assert corpus.sources[0].url == "https://www.gutenberg.org/ebooks/42425"


@needs_data
def test_real_tables_of_pixplot_and_vikus_are_read_as_they_are() -> None:
    corpus, faults = read(DATA / "ocr" / "tables" / "vikus-viewer")
    assert len(corpus.illustrations) == 127 and [f.level for f in faults].count("error") == 1
    assert corpus.illustrations[0].caption == "Blick auf das Potsdamer Stadtschloß und den Alten Markt"
    corpus, faults = read(DATA / "ocr" / "tables" / "pixplot-readme")
    assert [i.id for i in corpus.illustrations] == ["bees.jpg", "cats.jpg"] and len(faults) == 2

"""METS packages whose pages lie on the network: fetched only where the user allowed it."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_enrich_corpora_iiif import QUICK, Server, jpeg, server  # noqa: F401
from test_enrich_corpora_ocr import PLAIN, alto_page

from enrich.corpora import CorpusError, Reading, read

# The documents below keep their own line breaks.
# ruff: noqa: E501

PAGE = """<alto><Layout><Page ID="P" WIDTH="1000" HEIGHT="1400"><PrintSpace>
<TextBlock ID="t" HPOS="100" VPOS="100" WIDTH="800" HEIGHT="400"><TextLine HPOS="100" VPOS="100" WIDTH="800" HEIGHT="30">
<String CONTENT="Auf dieser Seite steht nur Text und kein Bild, weder von Mühlen noch von Müllern."/></TextLine></TextBlock></PrintSpace></Page></Layout></alto>"""


def mets(base: str) -> str:
    """A package as the DFG viewer takes it: several image groups, a recognition per page, titles by links."""
    groups = {
        "DEFAULT": ("image/jpeg", f"{base}/img/default/{{0}}.jpg"),
        "THUMBS": ("image/jpeg", f"{base}/img/thumb/{{0}}.jpg"),
        "FULLTEXT": ("application/alto+xml", f"{base}/alto/{{0}}.xml"),
    }
    files = "".join(
        f'<fileGrp USE="{use}">'
        + "".join(
            f'<file ID="{use}_{n}" MIMETYPE="{mime}"><FLocat LOCTYPE="URL" x:href="{where.format(n)}"/></file>'
            for n in (1, 2, 3)
        )
        + "</fileGrp>"
        for use, (mime, where) in groups.items()
    )
    pages = "".join(
        f'<div ID="PHYS_{n}" ORDER="{n}" ORDERLABEL="{n + 6}" TYPE="page">'
        + "".join(f'<fptr FILEID="{use}_{n}"/>' for use in groups)
        + "</div>"
        for n in (1, 2, 3)
    )
    return f"""<mets xmlns="http://www.loc.gov/METS/" xmlns:x="http://www.w3.org/1999/xlink">
<dmdSec ID="D"><mdWrap MDTYPE="MODS"><xmlData><mods xmlns="http://www.loc.gov/mods/v3"><titleInfo><title>Mühlen</title>
</titleInfo></mods></xmlData></mdWrap></dmdSec><fileSec>{files}</fileSec>
<structMap TYPE="LOGICAL"><div ID="LOG_0" TYPE="monograph" DMDID="D"><div ID="LOG_1" TYPE="chapter" LABEL="Von Mühlen"/></div></structMap>
<structMap TYPE="PHYSICAL"><div ID="PHYS_0" TYPE="physSequence">{pages}</div></structMap>
<structLink><smLink x:from="LOG_1" x:to="PHYS_1"/></structLink></mets>"""


@pytest.fixture
def library(server: Server) -> Server:  # noqa: F811
    server.answers["/book/mets.xml"] = (200, mets(server.base).encode(), {})
    server.answers["/alto/1.xml"] = (200, alto_page(PLAIN).encode(), {})
    server.answers["/alto/2.xml"] = (200, PAGE.encode(), {})
    server.answers["/img/default/1.jpg"] = (200, jpeg(1000, 1400), {})
    return server


def test_a_package_at_an_address_is_read_and_scans_are_fetched_for_pages_with_pictures_only(
    library: Server, tmp_path: Path
) -> None:
    corpus, faults = read(f"{library.base}/book/mets.xml", reading=QUICK, work=tmp_path)
    (found,) = corpus.illustrations
    assert (found.page, found.heading, found.caption) == (
        "7",
        "Von Mühlen",
        "Abb. 7. Die Mühle. Holzschnitt.",
    )
    assert found.image is not None and found.page_image == f"{library.base}/img/default/1.jpg"
    (fault,) = [f for f in faults if f.level == "error"]  # page 3 is not there
    assert fault.reason.startswith("1 of 3 pages are not there") and "404" in fault.reason
    assert "/img/default/2.jpg" not in library.asked and "/img/thumb/1.jpg" not in library.asked
    library.answers.clear()
    library.answers["/book/mets.xml"] = (200, mets(library.base).encode(), {})
    again, _ = read(f"{library.base}/book/mets.xml", reading=QUICK, work=tmp_path)  # what was kept is there
    assert again.illustrations == corpus.illustrations


def test_a_local_package_fetches_nothing_unless_it_is_allowed(library: Server, tmp_path: Path) -> None:
    file = tmp_path / "mets.xml"
    file.write_text(mets(library.base), encoding="utf-8")
    with pytest.raises(CorpusError, match="3 of 3 pages are on the network and were not fetched"):
        read(file, reading=Reading(), work=tmp_path / "store")
    assert library.asked == []
    corpus, _ = read(file, reading=QUICK, work=tmp_path / "store")
    assert [i.caption for i in corpus.illustrations] == ["Abb. 7. Die Mühle. Holzschnitt."]


def test_relative_names_of_a_package_at_an_address_are_relative_to_it(
    library: Server, tmp_path: Path
) -> None:
    relative = mets("..")
    library.answers["/book/mets.xml"] = (200, relative.encode(), {})
    corpus, _ = read(f"{library.base}/book/mets.xml", reading=QUICK, work=tmp_path)
    (found,) = corpus.illustrations
    assert found.image is not None and found.page_image == f"{library.base}/img/default/1.jpg"


def test_the_record_of_several_volumes_names_one_to_give(tmp_path: Path) -> None:
    file = tmp_path / "anchor.xml"
    file.write_text(
        '<mets xmlns="http://www.loc.gov/METS/" xmlns:x="http://www.w3.org/1999/xlink"><structMap TYPE="LOGICAL">'
        '<div TYPE="multivolume_work"><div TYPE="volume"><mptr LOCTYPE="URL" x:href="https://example.org/v1.xml"/></div>'
        "</div></structMap></mets>",
        encoding="utf-8",
    )
    with pytest.raises(CorpusError, match=r"1 volumes; give one of them, as https://example\.org/v1\.xml"):
        read(file)

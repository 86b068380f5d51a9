"""Pages are as large as the instance can carry, and no larger than memory likes."""

from ingestion.servicenow.page_size import HEAVIEST, PageSize


def test_a_page_halves_and_grows_back() -> None:
    pages = PageSize(1000)
    pages.shrink(1000, "too slow")
    # Another walk that asked for as much says the same.
    pages.shrink(1000, "too slow")
    assert pages.rows == 500
    for _ in range(8):
        pages.passed(500, 1000)
    assert pages.rows == 1000


def test_a_page_never_goes_below_the_fewest_nor_above_the_most() -> None:
    pages = PageSize(25, start=4000)
    assert pages.rows == 25
    for _ in range(5):
        pages.shrink(pages.rows, "too slow")
    assert pages.rows == PageSize.fewest
    assert PageSize(5).rows == 5


def test_heavy_rows_make_smaller_pages_and_keep_them_small() -> None:
    pages = PageSize(1000)
    pages.passed(1000, HEAVIEST + 1)
    assert pages.rows == 500
    for _ in range(20):
        pages.passed(500, HEAVIEST // 2 + 1)
    assert pages.rows == 500

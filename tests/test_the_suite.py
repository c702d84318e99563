"""What ``make test`` relies on of the tools that share its work out."""

import pytest


@pytest.mark.xdist_group("one")
def test_tests_of_a_group_are_given_to_one_process(request: pytest.FixtureRequest, worker_id: str) -> None:
    """xdist goes by the end of a test's name: see the bound of pytest in pyproject.toml."""
    if worker_id == "master" or not request.config.option.loadgroup:
        pytest.skip("nobody shares the work out by groups")
    assert request.node.nodeid.endswith("@one")

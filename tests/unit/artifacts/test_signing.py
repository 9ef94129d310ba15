from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from jupyter_dataops.artifacts.files import LocalFiles
from jupyter_dataops.artifacts.signing import KEY_NAME, get_or_make_key


def test_the_key_is_made_once_and_is_the_owners_alone(tmp_path):
    key = get_or_make_key(LocalFiles(tmp_path))
    assert len(key) == 32
    assert get_or_make_key(LocalFiles(tmp_path)) == key
    assert (tmp_path / KEY_NAME).stat().st_mode & 0o777 == 0o600


def test_all_who_make_the_key_at_once_get_the_same(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: get_or_make_key(LocalFiles(tmp_path)), range(40)))
    assert len(keys) == 1


def test_one_that_loses_the_race_gets_the_winners_key(tmp_path):
    winner = get_or_make_key(LocalFiles(tmp_path))

    class Late(LocalFiles):
        def size(self, name):
            return None

    assert get_or_make_key(Late(tmp_path)) == winner

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from jupyter_dataops.store.mounts import network_file_system

LOCAL = "/dev/sda1 / ext4 rw 0 0"


@pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "smb3", "fuse.sshfs", "lustre", "fuse.rclone"])
def test_network_file_systems_are_told(kind: str) -> None:
    mounts = f"{LOCAL}\nserver:/x /mnt/team {kind} rw 0 0"
    assert network_file_system(PurePosixPath("/mnt/team/deep/store"), mounts) == kind


@pytest.mark.parametrize("kind", ["ext4", "overlay", "tmpfs", "btrfs", "virtiofs", "fuse.ntfs-3g"])
def test_local_file_systems_are_not(kind: str) -> None:
    assert network_file_system(PurePosixPath("/mnt/store"), f"dev /mnt {kind} rw 0 0") is None


@pytest.mark.parametrize(
    ("options", "found"),
    [("rw,aname=drvfs;path=C:\\;,trans=fd", "9p"), ("rw,trans=tcp,port=564", "9p"), ("rw,trans=fd,aname=/", None)],
)
def test_9p_is_refused_where_its_locks_do_not_hold(options: str, found: str | None) -> None:
    assert network_file_system(PurePosixPath("/mnt/c/x"), f"host /mnt/c 9p {options} 0 0") == found


def test_the_innermost_mount_counts() -> None:
    mounts = f"{LOCAL}\nserver:/home /home nfs rw 0 0\n/dev/sdb /home/ana/local ext4 rw 0 0"
    assert network_file_system(PurePosixPath("/home/ana/local/x"), mounts) is None
    assert network_file_system(PurePosixPath("/home/ana/x"), mounts) == "nfs"


def test_of_two_mounts_at_one_place_the_later_counts() -> None:
    mounts = "systemd-1 /data autofs rw 0 0\nserver:/data /data nfs4 rw 0 0"
    assert network_file_system(PurePosixPath("/data/x"), mounts) == "nfs4"


def test_escaped_spaces_in_a_mount_point_are_read() -> None:
    mounts = f"{LOCAL}\n//server/x /mnt/My\\040Files cifs rw 0 0"
    assert network_file_system(PurePosixPath("/mnt/My Files/store"), mounts) == "cifs"


@pytest.mark.parametrize("mounts", ["", "nonsense", "\n\n"])
def test_where_nothing_is_known_nothing_is_refused(mounts: str) -> None:
    assert network_file_system(PurePosixPath("/x"), mounts) is None

"""On which kind of file system a path lies, from the text of ``/proc/mounts``. Pure.

SQLite's write-ahead log needs shared memory and locks that hold between all its processes; over a network file system
they do not, and the database is damaged sooner or later (https://www.sqlite.org/wal.html, "Disadvantages").
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Final

_NETWORK: Final = frozenset(
    {
        "afs", "beegfs", "ceph", "cifs", "davfs", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4", "ocfs2",
        "orangefs", "pvfs2", "smb3", "smbfs",
        "fuse.ceph", "fuse.davfs", "fuse.davfs2", "fuse.gcsfuse", "fuse.glusterfs", "fuse.goofys", "fuse.juicefs",
        "fuse.mfs", "fuse.rclone", "fuse.s3fs", "fuse.seaweedfs", "fuse.sshfs", "fuse.smbnetfs",
    }
)  # fmt: skip


def network_file_system(path: PurePosixPath, mounts: str) -> str | None:
    r"""The type of the network file system that holds `path`; `None` where it is local, or `mounts` does not tell.

    Parameters
    ----------
    path
        Absolute, symbolic links resolved.
    mounts
        Lines of ``device mountpoint type options ...``, as in ``/proc/mounts``; of two at one place the later counts.

    Examples
    --------
    >>> mounts = "/dev/sda1 / ext4 rw 0 0\nserver:/home /home nfs4 rw 0 0"
    >>> network_file_system(PurePosixPath("/home/ana/data"), mounts)
    'nfs4'
    >>> network_file_system(PurePosixPath("/homework"), mounts)
    """
    depth, kind, options = -1, "", ""
    for line in mounts.splitlines():
        parts = line.split()
        if len(parts) < 4:
            continue
        point = PurePosixPath(_unescaped(parts[1]))
        if path.is_relative_to(point) and len(point.parts) >= depth:
            depth, kind, options = len(point.parts), parts[2], parts[3]
    return kind if kind in _NETWORK or _is_remote_9p(kind, options) else None


def _is_remote_9p(kind: str, options: str) -> bool:
    # Sandboxes serve even their root by 9p and it locks well there; over TCP and under WSL's /mnt/c it does not.
    return kind == "9p" and ("trans=tcp" in options or "aname=drvfs" in options)


def _unescaped(field: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), field)

"""Take from the current process, for ever, the right to open network connections (Linux; elsewhere nothing
happens).

In: nothing. Out: True when the kernel now refuses `socket`, `connect` and new programs with "permission
denied". It is the second lock on SERVICE and LOAD: the first (`api.guard`) reads the query, this one does
not have to.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct
import sys

# Numbers of (socket, connect, bind, execve, execveat) and the audit architecture, by machine.
_CALLS = {
    "x86_64": (0xC000003E, (41, 42, 49, 59, 322)),
    "aarch64": (0xC00000B7, (198, 203, 200, 221, 281)),
}
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 38, 22, 2
_LOAD_WORD, _JUMP_EQUAL, _RETURN = 0x20, 0x15, 0x06  # classic BPF
_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050000 | errno.EACCES, 0x80000000


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]


def no_new_sockets() -> bool:
    """Install a seccomp filter for this process and the threads it starts later; existing sockets keep
    working.

    Returns False where that is not possible (another system, an unknown machine, a kernel without seccomp).
    """
    if sys.platform != "linux" or platform.machine() not in _CALLS:
        return False
    architecture, calls = _CALLS[platform.machine()]
    steps = [
        (_LOAD_WORD, 0, 0, 4),  # seccomp_data.arch
        (_JUMP_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _KILL),
        (_LOAD_WORD, 0, 0, 0),  # seccomp_data.nr
    ]
    steps += [(_JUMP_EQUAL, len(calls) - place, 0, number) for place, number in enumerate(calls)]
    steps += [(_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _REFUSE)]
    code = b"".join(struct.pack("HBBI", *step) for step in steps)
    kernel = ctypes.CDLL(None, use_errno=True)
    program = _Program(len(steps), code)
    if kernel.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    return bool(kernel.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0) == 0)

"""scan-logs: finds the errors that were written to logs since the last time. Request on stdin, answer on stdout, as JSON.

A log is known by the inode and the first bytes of the file that was read last, so that it's found again after it was
rotated, compressed, or copied and truncated. Nothing is written on the host. Python 3.6 and later, nothing but its
standard library; GNU grep, where it is there, finds the lines to look at where Python is too slow for it.
"""

import array
import collections
import contextlib
import datetime
import functools
import glob
import gzip
import hashlib
import heapq
import itertools
import json
import os
import re
import resource
import stat
import sys
import time
import zlib

HEAD = 1024  # bytes a file is recognised by
LOOK = 8192  # bytes of a line that are looked at
# Around a word nearly every line is whole in so many bytes: all that is read of it.
NEAR = 256
BEHIND = 768
BLOCK = 1 << 20
WINDOW = 1 << 16
UNTIMED = 64 << 20  # of a log without times, at first sight
TRACEBACK = 1 << 18  # bytes a traceback may have
ENTRIES = 200  # of unread and lost
PATHS = 50  # of a group
SIBLINGS = 200  # rotated files of a log that are looked at
SURE = 64  # bytes of a head by which another file is known as the same log
BEYOND = 1 << 52  # an offset after the end of any file
NOTHING = {"file": "0:0", "offset": 0, "size": 0, "head": {"length": 0, "sha256": ""}}  # a cursor before all

"""Starts a program as systemd does for a service with sockets.

Arguments: NAME... -- PROGRAM ARGUMENT...
Each name becomes a listening socket of this machine on a port of the kernel's choice, from descriptor 3 on.
"""

import os
import socket
import sys

separator = sys.argv.index("--")
names, command = sys.argv[1:separator], sys.argv[separator + 1 :]
# Out of the way first: the descriptors wanted may be in use.
copies = []
for name in names:
    listener = socket.create_server(("127.0.0.1", 0))
    copies.append(os.dup(os.dup2(listener.detach(), 100 + len(copies))))
for position, descriptor in enumerate(copies):
    os.dup2(descriptor, 3 + position)
    os.set_inheritable(3 + position, True)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(names)), LISTEN_FDNAMES=":".join(names))
os.execv(command[0], command)

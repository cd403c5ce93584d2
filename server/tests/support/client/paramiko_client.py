"""A session with paramiko.

Arguments: ssh HOST PORT CERTIFICATE LOGIN PASSWORD
Steps and answers as in ftplib_client.py.
"""

import json
import os
import sys

import paramiko


def download(sftp, remote, local):
    # As its own `get`: it asks for the whole file before it reads the first answer.
    sftp.get(remote, local)


def resume_download(sftp, remote, local):
    offset = os.path.getsize(local)
    with sftp.open(remote, "rb") as there, open(local, "ab") as here:
        there.seek(offset)
        while piece := there.read(1 << 20):
            here.write(piece)


def resume_upload(sftp, local, remote):
    offset = sftp.stat(remote).st_size
    with open(local, "rb") as here, sftp.open(remote, "ab") as there:
        here.seek(offset)
        while piece := here.read(1 << 20):
            there.write(piece)


STEPS = {
    "list": lambda sftp, directory: sftp.listdir("/" + directory),
    "upload": lambda sftp, local, remote: sftp.put(local, remote) and None,
    "download": download,
    "resume_upload": resume_upload,
    "resume_download": resume_download,
    "rename": lambda sftp, old, new: sftp.rename(old, new),
    "delete": lambda sftp, name: sftp.remove(name),
    "make_directory": lambda sftp, name: sftp.mkdir(name),
    "remove_directory": lambda sftp, name: sftp.rmdir(name),
}


def main():
    _, host, port, _, login, password = sys.argv[1:]
    transport = paramiko.Transport((host, int(port)))
    transport.connect(username=login, password=password)
    sftp = paramiko.SFTPClient.from_transport(transport)
    for line in sys.stdin:
        step, *words = json.loads(line)
        try:
            answer = {"ok": STEPS[step](sftp, *words)}
        except (OSError, paramiko.SSHException) as error:
            answer = {"error": str(error)}
        print(json.dumps(answer), flush=True)
    transport.close()


main()

"""A session with asyncssh.

Arguments: ssh HOST PORT CERTIFICATE LOGIN PASSWORD
Steps and answers as in ftplib_client.py.
"""

import asyncio
import json
import os
import sys

import asyncssh



async def names(sftp, directory):
    return await sftp.listdir("/" + directory)


async def upload(sftp, local, remote):
    await sftp.put(local, remote, preserve=True)


async def download(sftp, remote, local):
    await sftp.get(remote, local, preserve=True)


async def resume_download(sftp, remote, local):
    offset = os.path.getsize(local)
    async with sftp.open(remote, "rb") as there:
        with open(local, "ab") as here:
            await there.seek(offset)
            here.write(await there.read())


async def resume_upload(sftp, local, remote):
    offset = (await sftp.stat(remote)).size
    async with sftp.open(remote, "ab") as there:
        with open(local, "rb") as here:
            here.seek(offset)
            await there.write(here.read())


async def download_tree(sftp, remote, into):
    await sftp.get(remote, into, recurse=True)


async def upload_tree(sftp, local):
    await sftp.put(local, ".", recurse=True)


STEPS = {
    "list": names,
    "upload": upload,
    "download": download,
    "resume_upload": resume_upload,
    "resume_download": resume_download,
    "download_tree": download_tree,
    "upload_tree": upload_tree,
    "rename": lambda sftp, old, new: sftp.rename(old, new),
    "delete": lambda sftp, name: sftp.remove(name),
    "make_directory": lambda sftp, name: sftp.mkdir(name),
    "remove_directory": lambda sftp, name: sftp.rmdir(name),
}


async def main():
    _, host, port, _, login, password = sys.argv[1:]
    connection = asyncssh.connect(
        host, int(port), username=login, password=password, known_hosts=None, config=None, client_keys=None
    )
    async with connection as connection, connection.start_sftp_client() as sftp:
        loop = asyncio.get_running_loop()
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            step, *words = json.loads(line)
            try:
                answer = {"ok": await STEPS[step](sftp, *words)}
            except (OSError, asyncssh.Error) as error:
                answer = {"error": str(error)}
            print(json.dumps(answer), flush=True)


asyncio.run(main())

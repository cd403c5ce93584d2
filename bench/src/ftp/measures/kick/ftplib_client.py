"""A session with Python's ftplib that does one thing for as long as it may.

Arguments: plain|tls HOST PORT LOGIN PASSWORD retr|stor|list|idle|before-login FILE
"""

import ftplib
import ssl
import sys
import time

LONG = 600


def slowly(_line):
    time.sleep(0.01)


def ignore(_block):
    pass


def main():
    transport, host, port, login, password, deed, file = sys.argv[1:]
    if transport == "tls":
        ftp = ftplib.FTP_TLS(context=ssl._create_unverified_context())
    else:
        ftp = ftplib.FTP()
    ftp.connect(host, int(port))
    if deed == "before-login":
        if transport == "tls":
            ftp.auth()
        time.sleep(LONG)
    ftp.login(login, password)
    if transport == "tls":
        ftp.prot_p()
    if deed == "retr":
        ftp.retrbinary(f"RETR {file}", ignore)
    elif deed == "stor":
        with open(file, "rb") as source:
            ftp.storbinary("STOR upload", source, blocksize=1 << 16)
    elif deed == "list":
        ftp.retrlines(f"LIST {file}", slowly)
    time.sleep(LONG)


main()

"""A session with Python's ftplib.

Arguments: plain|explicit|resuming|tls13|implicit HOST PORT CERTIFICATE LOGIN PASSWORD
Standard input: steps, one a line, each a JSON list of words such as ["upload", "local file", "remote file"].
Standard output: {"ok": answer} or {"error": text} for each step, one a line.
"""

import ftplib
import json
import os
import ssl
import sys

TIMEOUT = 30


class ResumingFTP(ftplib.FTP_TLS):
    """ftplib begins a new TLS session for each data connection; here they resume that of the control connection."""

    def ntransfercmd(self, cmd, rest=None):
        connection, size = ftplib.FTP.ntransfercmd(self, cmd, rest)
        if self._prot_p:
            connection = self.context.wrap_socket(connection, server_hostname=self.host, session=self.sock.session)
            if not connection.session_reused:
                raise ssl.SSLError("the server did not resume the TLS session")
        return connection, size


class ImplicitFTP(ftplib.FTP_TLS):
    """ftplib knows explicit TLS only; here the control connection is wrapped before the greeting is read."""

    @property
    def sock(self):
        return self._sock

    @sock.setter
    def sock(self, value):
        if value is not None and not isinstance(value, ssl.SSLSocket):
            value = self.context.wrap_socket(value, server_hostname=self.host)
        self._sock = value

    _sock = None


def trust(certificate):
    context = ssl.create_default_context(cafile=certificate)
    # The certificate is its own issuer without being an authority, which newer Pythons find too lax.
    context.verify_flags &= ~getattr(ssl, "VERIFY_X509_STRICT", 0)
    return context


def connect(transport, host, port, certificate, login, password):
    if transport == "plain":
        ftp = ftplib.FTP(timeout=TIMEOUT)
    elif transport == "explicit":
        ftp = ftplib.FTP_TLS(context=trust(certificate), timeout=TIMEOUT)
    elif transport == "tls13":
        context = trust(certificate)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        ftp = ftplib.FTP_TLS(context=context, timeout=TIMEOUT)
    elif transport == "resuming":
        ftp = ResumingFTP(context=trust(certificate), timeout=TIMEOUT)
    else:
        ftp = ImplicitFTP(context=trust(certificate), timeout=TIMEOUT)
    ftp.connect(host, int(port))
    ftp.login(login, password)
    if transport != "plain":
        ftp.prot_p()
    return ftp


def names(ftp, directory):
    entries = ftp.mlsd(directory, facts=["type", "size"])
    return [name for name, facts in entries if facts["type"] in ("file", "dir")]


def upload(ftp, local, remote):
    with open(local, "rb") as file:
        ftp.storbinary(f"STOR {remote}", file)


def resume_upload(ftp, local, remote):
    ftp.voidcmd("TYPE I")
    offset = ftp.size(remote)
    with open(local, "rb") as file:
        file.seek(offset)
        ftp.storbinary(f"STOR {remote}", file, rest=offset)


def download(ftp, remote, local):
    with open(local, "wb") as file:
        ftp.retrbinary(f"RETR {remote}", file.write)


def resume_download(ftp, remote, local):
    offset = os.path.getsize(local)
    with open(local, "ab") as file:
        ftp.retrbinary(f"RETR {remote}", file.write, rest=offset)


def active(ftp):
    ftp.set_pasv(False)


STEPS = {
    "active": active,
    "list": names,
    "upload": upload,
    "download": download,
    "resume_upload": resume_upload,
    "resume_download": resume_download,
    "rename": ftplib.FTP.rename,
    "delete": ftplib.FTP.delete,
    "make_directory": ftplib.FTP.mkd,
    "remove_directory": ftplib.FTP.rmd,
}


def main():
    ftp = connect(*sys.argv[1:])
    for line in sys.stdin:
        step, *words = json.loads(line)
        try:
            answer = {"ok": STEPS[step](ftp, *words)}
        except ftplib.all_errors as error:
            answer = {"error": str(error)}
        print(json.dumps(answer), flush=True)
    ftp.quit()


main()

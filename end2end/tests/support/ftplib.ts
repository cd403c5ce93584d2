// A client that says what it is told and then keeps asking NOOP, written with Python's ftplib: as real as clients get.

import type { Wharf } from './wharf';

export interface Talk {
  /** Sent after the login, one after another. */
  commands?: string[];
  /** Whose. */
  login?: string;
  password?: string;
  /** The client's own address; all of 127.0.0.0/8 is this machine. */
  from?: string;
  /** Keeps sending NOOP, so that texts that wait for a reply get one. */
  busy?: boolean;
}

const SCRIPT = `
import ftplib, json, sys, time
host, port, talk = sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3])
ftp = ftplib.FTP()
ftp.connect(host, port, timeout=30, source_address=(talk['from'], 0))
ftp.login(talk['login'], talk['password'])
def say(command):
    print(command + ' -> ' + ftp.sendcmd(command), flush=True)
for command in talk['commands']:
    say(command)
print('ready', flush=True)
while True:
    time.sleep(0.4)
    if talk['busy']:
        say('NOOP')
`;

/** The arguments of `client('python3', ..)`. */
export function ftplib(wharf: Wharf, talk: Talk = {}): string[] {
  const { login, password } = wharf.account;
  const full = { commands: [], login, password, from: '127.0.0.2', busy: true, ...talk };
  return ['-c', SCRIPT, wharf.host, String(wharf.ports.ftp), JSON.stringify(full)];
}

/** The arguments of a client that only logs in and leaves; its exit code tells whether it could. */
export function login(wharf: Wharf, from = '127.0.0.2'): string[] {
  const { login, password } = wharf.account;
  const script = `
import ftplib, sys
ftp = ftplib.FTP()
ftp.connect(sys.argv[1], int(sys.argv[2]), timeout=30, source_address=(sys.argv[3], 0))
ftp.login(sys.argv[4], sys.argv[5])
ftp.quit()
`;
  return ['-c', script, wharf.host, String(wharf.ports.ftp), from, login, password];
}

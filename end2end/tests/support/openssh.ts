// OpenSSH's own client.

import type { Wharf } from './wharf';

/** The arguments of `client('sshpass', ..)`: logged in over SSH, and nothing else. */
export function sftp(wharf: Wharf): string[] {
  const options = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'IdentitiesOnly=yes', 'IdentityAgent=none'];
  const { login, password } = wharf.account;
  return [
    ...['-p', password, 'ssh', '-F', 'none', '-N', '-p', String(wharf.ports.sftp), '-l', login],
    ...options.flatMap((option) => ['-o', option]),
    wharf.host,
  ];
}

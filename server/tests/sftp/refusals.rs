//! What nobody gets: shells, commands, forwarding, more channels than anybody needs.

use crate::support::{
    server::{LOGIN, PASSWORD, Site, Wharf},
    ssh::{openssh_with_password, paramiko},
    told,
};

const OPTIONS: [&str; 1] = ["PreferredAuthentications=password"];

fn ssh(server: &Wharf, arguments: &[&str]) -> (Option<i32>, String) {
    let mut ssh = openssh_with_password("ssh", server, PASSWORD, &OPTIONS);
    let output = ssh.args(["-l", LOGIN, "127.0.0.1"]).args(arguments).output().unwrap();
    (output.status.code(), told(&output))
}

#[test]
fn shells_and_commands_are_refused_in_words() {
    let server = Site::with_sftp().start();
    for arguments in [&["-T"][..], &["-tt"], &["id"], &["rsync", "--server", "-e.LsfxC", ".", "x"], &["-s", "netconf"]]
    {
        let (code, said) = ssh(&server, arguments);
        assert_eq!(code, Some(1), "{arguments:?}: {said}");
        assert!(said.contains("This server has files only: SFTP and SCP"), "{arguments:?}: {said}");
    }
    let rest = server.rest();
    rest.until_empty();
}

#[test]
fn forwarding_is_refused_in_both_directions() {
    let server = Site::with_sftp().start();
    let panel = server.panel().port().to_string();
    let (code, said) = ssh(&server, &["-N", "-o", "ExitOnForwardFailure=yes", "-R", &format!("0:127.0.0.1:{panel}")]);
    assert_eq!(code, Some(255), "{said}");
    assert!(said.contains("remote port forwarding failed"), "{said}");
    let (code, said) = ssh(&server, &["-W", &format!("127.0.0.1:{panel}")]);
    assert_eq!(code, Some(255), "{said}");
    assert!(said.contains("administratively prohibited"), "{said}");
}

#[test]
fn a_channel_is_for_one_thing_and_there_are_ten() {
    let server = Site::with_sftp().start();
    let script = "
transport.auth_password('alice', password)
channels = []
try:
    while len(channels) < 50:
        channels.append(transport.open_session(timeout=20))
except paramiko.ChannelException as error:
    print(len(channels), error.code)
channels[0].close()
time.sleep(0)
def refused(ask):
    try:
        ask()
    except paramiko.SSHException:
        return True
print(refused(lambda: channels[1].request_x11()))
channels[3].exec_command('id')
print(channels[3].recv_exit_status(), channels[3].makefile_stderr('r').read().decode().strip())
print(transport.is_active())
";
    let said = paramiko(&server, script, &[("password", PASSWORD)]);
    let text = "This server has files only: SFTP and SCP, no shell and no commands.";
    assert_eq!(said, format!("10 4\nTrue\n1 {text}\nTrue\n"));
}

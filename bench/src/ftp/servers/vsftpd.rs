//! vsftpd: two processes per session. Anonymous, because its other users are those of the machine; it serves them as
//! `daemon`, a user of every machine whose home exists.

use super::{Access, Login, Pem, Prepared, passive_ports};
use crate::servers::{Setting, output};
use anyhow::Result;
use std::{fs, process::Command};

pub(super) fn prepare(setting: &Setting) -> Result<Prepared> {
    let Setting { kind, folder, home, place, port, .. } = setting;
    let (pem, passive) = (Pem::of(place), passive_ports(*kind));
    let program = setting.peer("vsftpd/usr/sbin/vsftpd")?;
    let empty = folder.join("empty");
    fs::create_dir(&empty)?;
    let file = setting.write(
        "vsftpd.conf",
        &format!(
            "listen=YES\nlisten_address=127.0.0.1\nlisten_port={port}\nbackground=NO\n\
             pasv_min_port={}\npasv_max_port={}\nmax_clients=0\nmax_per_ip=0\nidle_session_timeout=86400\n\
             anonymous_enable=YES\nno_anon_password=NO\nftp_username=daemon\nanon_root={}\n\
             write_enable=YES\nanon_upload_enable=YES\nanon_umask=022\nanon_world_readable_only=NO\n\
             use_sendfile=YES\nxferlog_enable=NO\nseccomp_sandbox=NO\nisolate=NO\nisolate_network=NO\n\
             nopriv_user=nobody\nsecure_chroot_dir={}\n\
             ssl_enable=YES\nallow_anon_ssl=YES\nforce_anon_data_ssl=NO\nforce_anon_logins_ssl=NO\n\
             require_ssl_reuse=NO\nssl_ciphers=HIGH\nrsa_cert_file={}\nrsa_private_key_file={}\n",
            passive.0,
            passive.1,
            home.display(),
            empty.display(),
            pem.certificate.display(),
            pem.key.display(),
        ),
    )?;
    let version = output(Command::new("sh").args(["-c", "\"$0\" -v </dev/null 2>&1 0<&1"]).arg(&program));
    let mut command = Command::new(program);
    command.arg(file);
    Ok(Prepared {
        command,
        access: Access {
            login: Login {
                name: "anonymous".to_owned(),
                password: "bench@example.com".to_owned(),
                folder: Some("files".to_owned()),
            },
            hashing: "anonymous, no password is checked",
            rest: None,
        },
        version: version.unwrap_or_default().split_whitespace().last().unwrap_or("?").to_owned(),
    })
}

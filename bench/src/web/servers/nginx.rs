//! nginx: its defaults and what Debian's configuration changes of them (a worker for each core, `sendfile`,
//! `tcp_nopush`), with its module for WebDAV. Passwords are in clear, so that it hashes none.

use super::{Access, Prepared};
use crate::{
    servers::{Pem, Setting, output, wharf::PASSWORD},
    web::curl::USER,
};
use anyhow::Result;
use std::{path::Path, process::Command};

pub(super) fn prepare(setting: &Setting) -> Result<Prepared> {
    let program = setting.peer("nginx/usr/sbin/nginx")?;
    let pem = Pem::of(setting.place);
    let folder = setting.folder.display();
    let users = setting.write("users", &format!("{USER}:{{PLAIN}}{PASSWORD}\n"))?;
    // Uploads are written here first, and renamed when they are complete.
    let file = setting.write(
        "nginx.conf",
        &format!(
            "user root;\n\
             daemon off;\n\
             worker_processes auto;\n\
             pid {folder}/pid;\n\
             error_log stderr error;\n\
             events {{ worker_connections 768; }}\n\
             http {{\n\
             access_log off;\n\
             sendfile on;\n\
             tcp_nopush on;\n\
             client_max_body_size 0;\n\
             client_body_temp_path {folder}/home/temporary;\n\
             proxy_temp_path {folder}/proxy;\n\
             fastcgi_temp_path {folder}/fastcgi;\n\
             uwsgi_temp_path {folder}/uwsgi;\n\
             scgi_temp_path {folder}/scgi;\n\
             server {{\n\
             listen 127.0.0.1:{} ssl http2;\n\
             ssl_certificate {};\n\
             ssl_certificate_key {};\n\
             ssl_protocols TLSv1.3;\n\
             root {folder}/home/files;\n\
             auth_basic bench;\n\
             auth_basic_user_file {};\n\
             dav_methods PUT;\n\
             }}\n\
             }}\n",
            setting.port,
            pem.certificate.display(),
            pem.key.display(),
            users.display(),
        ),
    )?;
    let version = version(&program)?;
    let mut command = Command::new(program);
    command.args(["-e", "stderr", "-p"]).arg(&setting.folder).arg("-c").arg(file);
    Ok(Prepared { command, access: Access { files: "", tus: false }, version })
}

/// `1.22.1` out of `nginx version: nginx/1.22.1`
fn version(program: &Path) -> Result<String> {
    let text = output(Command::new("sh").args(["-c", "\"$0\" -v 2>&1"]).arg(program))?;
    Ok(text.trim().rsplit('/').next().unwrap_or_default().to_owned())
}

//! Packets of SFTP version 3.

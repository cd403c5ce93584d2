//! Commands of FTP, group by group.
//!
//! * [`about`]: what client and server tell each other of themselves
//! * [`deflate`]: MODE Z
//! * [`digests`]: HASH, XCRC and their kin
//! * [`facts`]: what is told of files, and set
//! * [`permissions`]: what each of them needs, for all of them
//! * [`ranges`]: parts of files
//! * [`site`]: commands behind SITE, and AVBL

mod about;
mod deflate;
mod digests;
mod facts;
pub(crate) mod permissions;
mod ranges;
mod site;

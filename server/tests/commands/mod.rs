//! Commands of FTP, group by group.
//!
//! * [`about`]: what client and server tell each other of themselves
//! * [`digests`]: HASH, XCRC and their kin
//! * [`facts`]: what is told of files, and set
//! * [`ranges`]: parts of files
//! * [`site`]: commands behind SITE, and AVBL

mod about;
mod digests;
mod facts;
mod ranges;
mod site;

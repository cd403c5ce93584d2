//! The sessions, and where the servers differ in them.

use super::{
    Right::{Both, Ours},
    Script,
};

const CLOSES: &str = "RFC 959 section 4.2: 5yz refuses a command; the connection stays";
const LOGIN_FIRST: &str = "RFC 959 section 5.4 has the codes before the login, too, and asks for none";
const QUOTES: &str = "RFC 959 appendix II: the path is between quotes, and quotes in it are doubled";
const TYPES: &str = "RFC 959 section 4.1.2: TYPE takes a type, and one the server lacks is 504; libunftp looks at none";
const ABOVE: &str = "no RFC says; here `..` stays at the root, as in a shell, and in libunftp only with CDUP";
const RENAMES: &str =
    "RFC 959 section 4.1.3: RNTO has to come right after RNFR; libunftp keeps RNFR over other commands";
const ONE_FILE: &str =
    "RFC 959 section 4.1.3: of a file, LIST tells what there is to tell; libunftp lists directories only";
const FULL_PATH: &str =
    "RFC 3659 section 7.3: MLST tells the full path; libunftp tells what it was asked, from the root";
const STATUS: &str =
    "RFC 959 section 4.2: 212 is for directories and 213 for files; libunftp lists directories, from the root";
const EPSV_ALL: &str =
    "RFC 2428 section 4: after EPSV ALL nothing else may open a data connection; libunftp ignores ALL";
const EPSV_OTHER: &str = "RFC 2428 section 3: a protocol that the address has not got is 522; libunftp ignores it";
const NO_TLS_YET: &str = "RFC 2228 section 3: 503 before AUTH";
const LEVELS: &str = "RFC 4217 section 9: levels that TLS has not got are 536";
const EXTRA_WORDS: &str = "RFC 959 section 5.3 gives it no argument; here one does no harm";
const OWN_COMMANDS: &str = "RFC 959 section 5.4 has neither 502 nor 504 for SITE, whose commands are each server's own";

/// Every session begins with a new connection and the files of [`plant`](super::plant).
#[rustfmt::skip]
pub(super) const SCRIPTS: &[Script] = &[
    Script {
        name: "before the login",
        lines: &[
            "NOOP", "SYST", "FEAT", "HELP", "PWD", "CWD /", "PASV", "EPSV", "!RETR file", "!STOR file", "!LIST", "SIZE file",
            "SITE HELP", "NONSENSE", "PASS", "USER alice", "USER alice", "PASS", "USER alice", "PASS", "PWD", "QUIT",
        ],
        differences: &[
            ("SYST", "215", "530", Both, LOGIN_FIRST),
            ("NONSENSE", "500", "530", Both, LOGIN_FIRST),
            ("USER alice #2", "331", "503", Ours, "RFC 959 section 4.1.1: USER may come again at any point"),
            ("PASS #3", "503", "530", Ours, "RFC 959 section 4.1.1: PASS comes right after USER; 530 would mean that nobody is logged in"),
        ],
    },
    Script {
        name: "parameters",
        lines: &[
            "log in", "TYPE I", "TYPE A", "TYPE L 8", "TYPE E", "TYPE", "STRU F", "STRU R", "MODE S", "MODE B", "MODE C",
            "ALLO 100", "ACCT x", "OPTS UTF8 ON", "OPTS UTF8 OFF", "SMNT /", "STAT", "NOOP", "HELP RETR", "ABOR", "REIN",
        ],
        differences: &[
            ("TYPE E", "504", "200", Ours, TYPES),
            ("TYPE", "501", "200", Ours, TYPES),
            ("ALLO 100", "200", "202", Both, "RFC 959 section 4.1.3: 202 where it is of no use; here it is the size to expect"),
            ("ACCT x", "202", "530", Ours, "RFC 959 section 4.1.1: 202 where no account is needed"),
            ("SMNT /", "502", "500", Ours, "RFC 959 section 4.2: 502 for a command that is known and not implemented"),
            ("ABOR", "225", "226", Both, "RFC 959 section 5.4 has both where there is nothing to abort"),
            ("REIN", "220", "500", Ours, "RFC 959 section 4.1.1; libunftp has no REIN"),
        ],
    },
    Script {
        name: "directories",
        lines: &[
            "log in", "PWD", "MKD new", "MKD new", "MKD none/below", "CWD new", "PWD", "CDUP", "PWD", "CWD /dir", "PWD",
            "CWD none", "CWD /file", "CDUP", "CDUP", "PWD", "RMD none", "RMD dir", "RMD file", "RMD new", "XMKD old", "XCWD old",
            "XPWD", "XCUP", "CWD /", "XRMD empty",
        ],
        differences: &[
            ("MKD new", "257 \"/new\"", "257", Ours, QUOTES),
            ("XMKD old", "257 \"/old\"", "257", Ours, QUOTES),
            ("XCUP", "250", "500", Ours, "RFC 1123 section 4.1.3.1: the old names, too; libunftp lacks two of them"),
            ("XRMD empty", "250", "500", Ours, "RFC 1123 section 4.1.3.1"),
            (
                "(files)",
                "dir/, dir/inner=\"inside\", file=\"0123456789\", old/",
                "dir/, dir/inner=\"inside\", empty/, file=\"0123456789\", old/",
                Ours,
                "XRMD",
            ),
        ],
    },
    Script {
        name: "up and down",
        lines: &["log in", "CWD dir", "CWD ..", "PWD", "CWD /dir", "CWD ../empty", "PWD", "CWD ./../dir/.", "PWD"],
        differences: &[
            ("PWD", "257 \"/\"", "257 \"/dir/..\"", Ours, "RFC 959 section 4.1.3: PWD names the directory; libunftp writes down what it was told"),
            ("PWD #2", "257 \"/empty\"", "257 \"/dir/../empty\"", Ours, "as above"),
            ("PWD #3", "257 \"/dir\"", "257 \"/dir/../empty/./../dir/.\"", Ours, "as above"),
        ],
    },
    Script {
        name: "above the root",
        lines: &[
            "log in", "CDUP", "CWD ..", "PWD", "CWD dir/../../..", "PWD", "RETR ../../file", "STOR ../up < x", "DELE ../../file",
        ],
        differences: &[
            ("CWD ..", "250", "550", Both, ABOVE),
            ("CWD dir/../../..", "250", "550", Both, ABOVE),
            ("RETR ../../file", "226 \"0123456789\"", "550", Both, ABOVE),
            ("STOR ../up < x", "226", "550", Both, ABOVE),
            ("DELE ../../file", "250", "550", Both, ABOVE),
            (
                "(files)",
                "dir/, dir/inner=\"inside\", empty/, up=\"x\"",
                "dir/, dir/inner=\"inside\", empty/, file=\"0123456789\"",
                Both,
                ABOVE,
            ),
        ],
    },
    Script {
        name: "files",
        lines: &[
            "log in", "SIZE file", "SIZE none", "MDTM file", "MDTM none", "MDTM dir", "RETR file", "RETR none", "RETR dir",
            "STOR new < some text", "RETR new", "STOR new < less", "RETR new", "STOR nothing", "SIZE nothing", "RETR nothing",
            "STOR dir < x", "STOR none/new < x", "CWD dir", "STOR inner < other", "RETR /dir/inner", "CDUP", "DELE new", "DELE new",
            "DELE none", "DELE dir",
        ],
        differences: &[
            ("MDTM dir", "550", "213 20090213233130", Both, "RFC 3659 section 3.1 speaks of files; that of a directory is in MLST"),
        ],
    },
    Script {
        name: "parts of files",
        lines: &[
            "log in", "REST 4", "RETR file", "RETR file", "REST 10", "RETR file", "REST 4", "STOR file < abc", "RETR file",
            "APPE file < def", "RETR file", "APPE fresh < new", "RETR fresh", "REST 0", "RETR fresh", "REST 4", "RETR fresh",
        ],
        differences: &[
            ("RETR fresh #3", "554", "226 \"\"", Ours, "RFC 3659 section 5.4: 554 for a place that the file has not got"),
        ],
    },
    Script {
        name: "new names",
        lines: &[
            "log in", "RNTO early", "RNFR none", "RNFR file", "RNTO renamed", "RETR renamed", "RNFR renamed", "RNTO none/x",
            "RNFR renamed", "RNTO dir/moved", "RNFR dir/moved", "RNTO empty", "RNFR dir", "RNTO folder", "RNFR folder/moved",
            "RNTO folder/inner", "RETR folder/inner", "RNFR folder/inner", "NOOP", "RNTO late",
        ],
        differences: &[
            ("RNTO early", "503", "450", Ours, RENAMES),
            ("RNTO late", "503", "250", Ours, RENAMES),
            ("(files)", "empty/, folder/, folder/inner=\"0123456789\"", "empty/, folder/, late=\"0123456789\"", Ours, RENAMES),
        ],
    },
    Script {
        name: "listings",
        lines: &[
            "log in", "NLST", "NLST dir", "NLST file", "NLST none", "NLST empty", "LIST", "LIST -la", "LIST dir", "LIST file",
            "LIST none", "MLSD", "MLSD dir", "MLSD none", "MLSD file", "MLST", "MLST file", "MLST dir", "MLST none", "STAT file",
            "STAT dir", "STAT none", "CWD dir", "LIST", "NLST", "MLSD", "MLST inner", "STAT inner",
        ],
        differences: &[
            ("NLST dir", "226 [dir/inner]", "226 [inner]", Ours, "RFC 959 section 4.1.3: names that can be used as they are, for RETR of each"),
            ("NLST file", "226 [file]", "550", Both, "RFC 959 section 4.1.3 leaves open what else than a directory NLST takes"),
            ("LIST file", "226 [file (10)]", "550", Ours, ONE_FILE),
            ("MLSD file", "501", "550", Ours, "RFC 3659 section 7.2.1: 501 for what is no directory"),
            ("MLST file", "250 /file (10)", "250 file (10)", Ours, FULL_PATH),
            ("MLST dir", "250 /dir dir", "250 dir dir", Ours, FULL_PATH),
            ("MLST inner", "250 /dir/inner (6)", "550", Ours, FULL_PATH),
            ("STAT file", "213 [file (10)]", "451", Ours, STATUS),
            ("STAT dir", "212 [inner (6)]", "200", Ours, STATUS),
            ("STAT none", "550", "451", Both, "RFC 959 section 5.4 has 450, which asks to try again; that will not help"),
            ("STAT inner", "213 [inner (6)]", "451", Ours, STATUS),
        ],
    },
    Script {
        name: "odd names",
        lines: &[
            "log in", "STOR two words < a", "RETR two words", "STOR  leading < b", "STOR trailing  < c", "STOR -dash < d",
            "STOR gr\u{fc}\u{df}e \u{4f60} < e", "RETR gr\u{fc}\u{df}e \u{4f60}", "STOR [a]*? < f", "RETR [a]*?", "STOR 100%41; < g", "LIST",
            "NLST", "MLSD", "MKD say \"hi\"", "CWD say \"hi\"", "PWD", "CWD /", "RNFR two words", "RNTO  three  words ", "DELE -dash",
        ],
        differences: &[
            ("MKD say \"hi\"", "257 \"/say \"\"hi\"\"\"", "257 \"hi\"", Ours, QUOTES),
            ("PWD", "257 \"/say \"\"hi\"\"\"", "257 \"/say \"hi\"\"", Ours, QUOTES),
        ],
    },
    Script {
        name: "data connections",
        lines: &[
            "log in", "!RETR file", "!LIST", "PASV", "RETR file", "!RETR file", "EPSV", "EPSV", "RETR file", "PASV", "EPSV",
            "RETR file", "EPSV 1", "RETR file", "PORT here", "RETR file", "PORT here", "STOR new < sent to you", "RETR new", "PORT here",
            "LIST", "EPRT here", "EPSV 2", "EPSV 9", "EPSV x", "EPSV ALL", "PASV", "PORT here", "EPSV", "RETR file",
        ],
        differences: &[
            ("EPRT here", "200", "500", Ours, "RFC 2428 section 2; libunftp has no EPRT"),
            ("EPSV 2", "522", "229", Ours, EPSV_OTHER),
            ("EPSV 9", "522", "229", Ours, EPSV_OTHER),
            ("EPSV x", "501", "229", Ours, "RFC 2428 section 3: the protocol is a number"),
            ("EPSV ALL", "200", "229", Ours, EPSV_ALL),
            ("PASV #3", "503", "227", Ours, EPSV_ALL),
            ("PORT here #4", "503", "200", Ours, EPSV_ALL),
        ],
    },
    Script {
        name: "TLS",
        lines: &[
            "PBSZ 0", "PROT P", "AUTH TLS", "PROT P", "log in", "PBSZ 0", "PROT P", "RETR file", "STOR new < under TLS",
            "RETR new", "LIST", "APPE new < and more", "PASV", "RETR new", "PROT C", "RETR new", "PROT S", "PROT E", "CCC",
        ],
        differences: &[
            ("PBSZ 0", "503", "200", Ours, NO_TLS_YET),
            ("PROT P", "503", "200", Ours, NO_TLS_YET),
            ("PROT P #2", "503", "200", Ours, "RFC 4217 section 9: PBSZ has to come before PROT"),
            ("PROT S", "536", "504", Ours, LEVELS),
            ("PROT E", "536", "504", Ours, LEVELS),
            ("CCC", "200", "502", Both, "RFC 4217 section 12.2 leaves CCC to the server"),
        ],
    },
    Script {
        name: "older names of TLS",
        lines: &["AUTH SSL"],
        differences: &[("AUTH SSL", "234", "504", Both, "RFC 4217 section 17 knows the name from older clients")],
    },
    Script {
        name: "lines that are wrong",
        lines: &[
            "log in", "NONSENSE", "nOoP", "MKD", "RETR", "REST x", "REST -1", "REST 9223372036854775808", "PORT 1,2,3",
            "PORT 127,0,0,1,0,1", "OPTS NONSENSE", "SITE NONSENSE", "SITE", "STRU X", "MODE X", "AUTH X", "PWD now", "QUIT now",
        ],
        differences: &[
            ("MKD", "501", "501, closed", Ours, CLOSES),
            ("RETR", "501", "501, closed", Ours, CLOSES),
            ("REST x", "501", "501, closed", Ours, CLOSES),
            ("REST -1", "501", "501, closed", Ours, CLOSES),
            ("REST 9223372036854775808", "501", "350", Ours, "no file has this place, so 350 would promise too much"),
            ("PORT 127,0,0,1,0,1", "504", "425", Ours, "RFC 2577 section 3: 504, and no packet is sent to such a port"),
            ("OPTS NONSENSE", "501", "501, closed", Ours, CLOSES),
            ("SITE NONSENSE", "504", "502", Both, OWN_COMMANDS),
            ("SITE", "501", "502", Both, OWN_COMMANDS),
            ("STRU X", "504", "501, closed", Ours, CLOSES),
            ("MODE X", "504", "501, closed", Ours, CLOSES),
            ("AUTH X", "504", "501, closed", Ours, "RFC 2228 section 3: 504 for a mechanism nobody knows; and it stays"),
            ("PWD now", "257 \"/\"", "501, closed", Both, EXTRA_WORDS),
            ("QUIT now", "221", "501, closed", Both, EXTRA_WORDS),
        ],
    },
];

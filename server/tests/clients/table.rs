//! Which client does what. A cell that works is tried in every test run; why another one does not is said in a note.

/// What somebody wants of a client; a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Capability {
    List,
    Download,
    LargeDownload,
    PieceDownload,
    ResumeDownload,
    TreeDownload,
    DownloadTime,
    Upload,
    LargeUpload,
    ResumeUpload,
    TreeUpload,
    UploadTime,
    Compare,
    Active,
    Tls13,
    Resumption,
    Rename,
    Delete,
    Directories,
    Spaces,
    TrailingSpace,
    BeyondAscii,
    LeadingDash,
    UrlSigns,
    Patterns,
    Refusals,
}

use Capability::*;

#[derive(Clone, Copy, Debug)]
pub(super) enum Cell {
    Works,
    /// It works, and there is something to know.
    WorksBut(Note),
    /// What it does under TLS is wrong.
    InClearOnly(Note),
    /// The client has no such thing.
    Lacks,
    /// The client has it, and gets it wrong.
    Fails(Note),
}

/// What a footnote says, with the reason as it was found.
pub(super) type Note = &'static str;

const YES: Cell = Cell::Works;
const NO: Cell = Cell::Lacks;

const CURL_ACTIVE: Cell = Cell::InClearOnly(
    "curl before 8.0 forgets TLS on active data connections \
     ([curl #10666](https://github.com/curl/curl/issues/10666)): use passive ones.",
);

const FTPLIB_RESUMPTION: Cell =
    Cell::Fails("ftplib begins a new TLS session for each data connection; a few lines of a subclass change that.");
const MOUNT_FULL: Cell = Cell::WorksBut("What fits of a file that is too large stays, as on a disk that is full.");
const RCLONE_RESUMPTION: Cell = Cell::WorksBut(
    "One connection at a time (`--transfers 1 --checkers 1 --check-first`): rclone has one memory for TLS sessions and \
     shows those of its other connections.",
);
const NET_FTP_RESUMPTION: Cell = Cell::Fails(
    "Net::FTP means to resume, but IO::Socket::SSL looks for the session under the address of the data connection and \
     finds none.",
);
const WGET_TIME: Cell =
    Cell::Fails("Only with `-N`, and then to the minute or the day, which is what the listing tells that wget reads.");
const RCLONE_SPACE: Cell = Cell::Fails(
    "rclone writes the last space of a name as `␠`, since some servers drop it \
     ([its encodings](https://rclone.org/overview/#encoding)); `--ftp-encoding` changes that.",
);
const NCFTP_SENDFILE: Cell = Cell::WorksBut(
    "`ncftpput -z` needs `-s` beside it: with `sendfile` ncftp 3.2.6 sends the file from its beginning and \
     the upload ends too long.",
);
const TNFTP_OFFSET: Cell = Cell::WorksBut("By hand: `size`, then `restart OFFSET` before `put`.");
const TNFTP_PATTERN: Cell = Cell::Fails(
    "tnftp takes these signs in a URL for a pattern, even when they are encoded, and then gives the file a name of its own.",
);
const ARIA2_TIMEOUT: Cell = Cell::WorksBut(
    "aria2 1.36 reads the replies 150 and 226 of a small file at once and then waits for the 226: the download is \
     complete, the program ends after `--timeout` (60 s unless told).",
);

/// Nine clients over FTP, nine over SSH.
pub(super) type Row = (Capability, [Cell; 9]);

/// The table of FTP, in the order of `COLUMNS`.
#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    //                 curl         lftp  rclone             ftplib             Net::FTP            wget       ncftp           tnftp          aria2
    (List,           [YES,         YES,  YES,               YES,               YES,                YES,       YES,            YES,           NO]),
    (Download,       [YES,         YES,  YES,               YES,               YES,                YES,       YES,            YES,           ARIA2_TIMEOUT]),
    (LargeDownload,  [YES,         YES,  YES,               YES,               YES,                YES,       YES,            YES,           YES]),
    (PieceDownload,  [NO,          YES,  NO,                NO,                NO,                 NO,        NO,             NO,            YES]),
    (ResumeDownload, [YES,         YES,  NO,                YES,               YES,                YES,       YES,            YES,           YES]),
    (TreeDownload,   [NO,          YES,  YES,               NO,                NO,                 YES,       YES,            NO,            NO]),
    (DownloadTime,   [YES,         YES,  YES,               NO,                NO,                 WGET_TIME, YES,            YES,           YES]),
    (Upload,         [YES,         YES,  YES,               YES,               YES,                NO,        YES,            YES,           NO]),
    (LargeUpload,    [YES,         YES,  YES,               YES,               YES,                NO,        YES,            YES,           NO]),
    (ResumeUpload,   [YES,         YES,  NO,                YES,               YES,                NO,        NCFTP_SENDFILE, TNFTP_OFFSET,  NO]),
    (TreeUpload,     [NO,          YES,  YES,               NO,                NO,                 NO,        YES,            NO,            NO]),
    (UploadTime,     [NO,          YES,  YES,               NO,                NO,                 NO,        YES,            NO,            NO]),
    (Compare,        [NO,          NO,   YES,               NO,                NO,                 NO,        NO,             NO,            NO]),
    (Active,         [CURL_ACTIVE, YES,  NO,                YES,               YES,                YES,       YES,            YES,           YES]),
    (Tls13,          [YES,         YES,  NO,                YES,               YES,                YES,       NO,             NO,            NO]),
    (Resumption,     [YES,         YES,  RCLONE_RESUMPTION, FTPLIB_RESUMPTION, NET_FTP_RESUMPTION, YES,       NO,             NO,            NO]),
    (Rename,         [YES,         YES,  YES,               YES,               YES,                NO,        YES,            YES,           NO]),
    (Delete,         [YES,         YES,  YES,               YES,               YES,                NO,        YES,            YES,           NO]),
    (Directories,    [YES,         YES,  YES,               YES,               YES,                NO,        YES,            YES,           NO]),
    (Spaces,         [YES,         YES,  YES,               YES,               YES,                YES,       YES,            YES,           YES]),
    (TrailingSpace,  [YES,         YES,  RCLONE_SPACE,      YES,               YES,                YES,       YES,            YES,           YES]),
    (BeyondAscii,    [YES,         YES,  YES,               YES,               YES,                YES,       YES,            YES,           YES]),
    (LeadingDash,    [YES,         YES,  YES,               YES,               YES,                YES,       YES,            YES,           YES]),
    (UrlSigns,       [YES,         YES,  YES,               YES,               YES,                YES,       YES,            YES,           YES]),
    (Patterns,       [YES,         YES,  YES,               YES,               YES,                YES,       YES,            TNFTP_PATTERN, YES]),
    (Refusals,       [YES,         YES,  YES,               YES,               YES,                YES,       YES,            YES,           YES]),
];

/// The table of SFTP and SCP, in the order of `SSH_COLUMNS`.
#[rustfmt::skip]
pub(super) const SSH_ROWS: &[Row] = &[
    //                 sftp  scp   scp -O  lftp  rclone         curl  paramiko  asyncssh  sshfs
    (List,           [YES,  NO,   NO,     YES,  YES,           YES,  YES,      YES,      YES]),
    (Download,       [YES,  YES,  YES,    YES,  YES,           YES,  YES,      YES,      YES]),
    (LargeDownload,  [YES,  YES,  YES,    YES,  YES,           YES,  YES,      YES,      YES]),
    (ResumeDownload, [YES,  NO,   NO,     YES,  NO,            YES,  YES,      YES,      NO]),
    (TreeDownload,   [YES,  YES,  YES,    YES,  YES,           NO,   NO,       YES,      YES]),
    (DownloadTime,   [YES,  YES,  YES,    YES,  YES,           YES,  NO,       YES,      YES]),
    (Upload,         [YES,  YES,  YES,    YES,  YES,           YES,  YES,      YES,      YES]),
    (LargeUpload,    [YES,  YES,  YES,    YES,  YES,           YES,  YES,      YES,      YES]),
    (ResumeUpload,   [YES,  NO,   NO,     YES,  NO,            YES,  YES,      YES,      NO]),
    (TreeUpload,     [YES,  YES,  YES,    YES,  YES,           NO,   NO,       YES,      YES]),
    (UploadTime,     [YES,  YES,  YES,    YES,  YES,           NO,   NO,       YES,      YES]),
    (Compare,        [NO,   NO,   NO,     NO,   YES,           NO,   NO,       NO,       YES]),
    (Rename,         [YES,  NO,   NO,     YES,  YES,           YES,  YES,      YES,      YES]),
    (Delete,         [YES,  NO,   NO,     YES,  YES,           YES,  YES,      YES,      YES]),
    (Directories,    [YES,  NO,   NO,     YES,  YES,           YES,  YES,      YES,      YES]),
    (Spaces,         [YES,  YES,  YES,    YES,  YES,           YES,  YES,      YES,      YES]),
    (TrailingSpace,  [YES,  YES,  YES,    YES,  YES,           YES,  YES,      YES,      YES]),
    (BeyondAscii,    [YES,  YES,  YES,    YES,  YES,           YES,  YES,      YES,      YES]),
    (LeadingDash,    [YES,  YES,  YES,    YES,  YES,           YES,  YES,      YES,      YES]),
    (UrlSigns,       [YES,  YES,  YES,    YES,  YES,           YES,  YES,      YES,      YES]),
    (Patterns,       [YES,  YES,  YES,    YES,  YES,           YES,  YES,      YES,      YES]),
    (Refusals,       [YES,  YES,  YES,    YES,  YES,           YES,  YES,      YES,      MOUNT_FULL]),
];

/// The cell of a column. What has no row, nobody has.
pub(super) fn cell(rows: &[Row], column: usize, capability: Capability) -> Cell {
    rows.iter().find(|(row, _)| *row == capability).map_or(NO, |(_, cells)| cells[column])
}

impl Capability {
    /// What the document calls it.
    pub(super) fn title(self) -> &'static str {
        match self {
            List => "List a directory",
            Download => "Download, empty files too",
            LargeDownload => "Download 200 MiB",
            PieceDownload => "Download a file over several connections at once",
            ResumeDownload => "Go on with a download",
            TreeDownload => "Download a tree",
            DownloadTime => "Downloads keep their time",
            Upload => "Upload, replace a file",
            LargeUpload => "Upload 200 MiB",
            ResumeUpload => "Go on with an upload",
            TreeUpload => "Upload a tree",
            UploadTime => "Uploads keep their time",
            Compare => "Compare both sides",
            Active => "Active mode",
            Tls13 => "TLS 1.3 and nothing older",
            Resumption => "`ftp.data_tls_session = \"required\"`",
            Rename => "Rename, move",
            Delete => "Delete",
            Directories => "Make and remove directories",
            Spaces => "Names with spaces and quotes",
            TrailingSpace => "Names that end in a space",
            BeyondAscii => "Names beyond ASCII",
            LeadingDash => "Names with a leading dash",
            UrlSigns => "Names with `%`, `#`, `;`, `$`, `&`",
            Patterns => "Names with `[`, `]`, `*`, `?`",
            Refusals => "Says that a file is missing, forbidden or too much",
        }
    }
}

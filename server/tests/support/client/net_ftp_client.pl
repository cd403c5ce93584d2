# A session with Perl's Net::FTP.
#
# Arguments: plain|explicit|tls13|implicit HOST PORT CERTIFICATE LOGIN PASSWORD
# Standard input: steps, one a line, each a JSON list of words such as ["upload", "local file", "remote file"].
# Standard output: {"ok": answer} or {"error": text} for each step, one a line.

use strict;
use warnings;
use JSON::PP;
use Net::FTP;

my ($transport, $host, $port, $certificate, $login, $password) = @ARGV;

my @options = (Port => $port, Timeout => 30, Passive => 1);
if ($transport ne "plain") {
    Net::FTP->can_ssl or die "Net::FTP needs IO::Socket::SSL\n";
    push @options, SSL_ca_file => $certificate, SSL => $transport eq "implicit";
}
push @options, SSL_version => "TLSv1_3" if $transport eq "tls13";
my $ftp = Net::FTP->new($host, @options) or die "$@\n";
if ($transport eq "explicit" or $transport eq "tls13") {
    $ftp->starttls or die $ftp->message;
}
$ftp->login($login, $password) or die $ftp->message;
$ftp->binary;

my %steps = (
    active => sub { ${*$ftp}{net_ftp_passive} = 0; 1 },
    list => sub {
        my ($directory) = @_;
        my $before = $ftp->pwd;
        $ftp->cwd("/$directory") or return;
        my @names = $ftp->ls;
        $ftp->cwd($before);
        return \@names;
    },
    upload          => sub { $ftp->put(@_) },
    resume_upload   => sub {
        my ($local, $remote) = @_;
        my $offset = $ftp->size($remote);
        open my $file, "<:raw", $local or die "$local: $!\n";
        seek $file, $offset, 0;
        $ftp->restart($offset);
        $ftp->put($file, $remote);
    },
    download        => sub { $ftp->get(@_) },
    resume_download => sub {
        my ($remote, $local) = @_;
        $ftp->get($remote, $local, -s $local);
    },
    rename           => sub { $ftp->rename(@_) },
    delete           => sub { $ftp->delete(@_) },
    make_directory   => sub { $ftp->mkdir(@_) },
    remove_directory => sub { $ftp->rmdir(@_) },
);

# Names are bytes on both sides.
my $json = JSON::PP->new->latin1;
$| = 1;
while (my $line = <STDIN>) {
    my ($step, @words) = map { my $word = $_; utf8::encode($word); $word } @{ JSON::PP->new->utf8->decode($line) };
    my $answer = $steps{$step}->(@words);
    my $told   = defined $answer && $answer ? { ok => $answer } : { error => $ftp->message || "$!" };
    print $json->encode($told), "\n";
}
$ftp->quit;

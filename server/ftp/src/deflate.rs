//! MODE Z: data connections whose bytes are one zlib stream (draft-preston-ftpext-deflate). The stream says itself where
//! it ends, so a cut one is known for what it is even without TLS.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};
use std::{
    future::poll_fn,
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use wharf_vfs::turns::in_turn;

/// How well the server compresses until a client asks for something else.
pub(crate) const DEFAULT_LEVEL: u32 = 6;
/// Bytes that are compressed at once.
const PACK: usize = 256 * 1024;
/// Compressed bytes that are read at once.
const READ: usize = 64 * 1024;
/// Bytes that come out of them at once; a few compressed ones can become very many.
const UNPACK: usize = 512 * 1024;

/// What is wrong with a stream that a client sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Broken {
    /// It is no zlib stream, or its checksum is wrong: what came before cannot be trusted either.
    #[error("the compressed data is broken")]
    Corrupt,
    /// The connection was closed in the middle of it.
    #[error("the compressed data has no end")]
    Short,
}

impl Broken {
    /// Whether an error of a connection is this.
    pub(crate) fn is(self, error: &io::Error) -> bool {
        error.get_ref().and_then(|inner| inner.downcast_ref()) == Some(&self)
    }
}

impl From<Broken> for io::Error {
    fn from(broken: Broken) -> Self {
        Self::other(broken)
    }
}

type Work<T> = Pin<Box<dyn Future<Output = io::Result<T>> + Send>>;

/// Compresses what is written to it.
pub(crate) struct Deflater<C> {
    pub(crate) connection: C,
    state: Packing,
    /// Compressed bytes that are ready; the first `sent` of them went out.
    packed: Vec<u8>,
    sent: usize,
    /// The end of the stream was written, or will be.
    ended: bool,
}

enum Packing {
    Idle(Box<Compress>),
    Busy(Work<(Box<Compress>, Vec<u8>)>),
    /// An earlier piece failed.
    Lost,
}

impl<C: AsyncWrite + Unpin> Deflater<C> {
    /// Around `connection`; `level` is 1 for fast to 9 for small.
    pub(crate) fn new(connection: C, level: u32) -> Self {
        let coder = Box::new(Compress::new(Compression::new(level), true));
        Self { connection, state: Packing::Idle(coder), packed: Vec::new(), sent: 0, ended: false }
    }

    /// Writes the end of the stream. Nothing can be written after it.
    pub(crate) async fn end(&mut self) -> io::Result<()> {
        poll_fn(|cx| self.poll_end(cx)).await
    }

    fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_drain(cx))?;
        if !self.ended {
            self.ended = true;
            self.begin(Vec::new(), FlushCompress::Finish);
        }
        self.poll_drain(cx)
    }

    /// Begins to compress `bytes`. Nothing else may be under way.
    fn begin(&mut self, bytes: Vec<u8>, flush: FlushCompress) {
        if let Packing::Idle(coder) = std::mem::replace(&mut self.state, Packing::Lost) {
            self.state = Packing::Busy(Box::pin(async move { in_turn(move || pack(coder, &bytes, flush)).await? }));
        }
    }

    /// Gets everything out that was begun.
    fn poll_drain(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            while self.sent < self.packed.len() {
                let rest = &self.packed[self.sent..];
                let n = ready!(Pin::new(&mut self.connection).poll_write(cx, rest))?;
                if n == 0 {
                    return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
                }
                self.sent += n;
            }
            match &mut self.state {
                Packing::Idle(_) => return Poll::Ready(Ok(())),
                Packing::Lost => return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
                Packing::Busy(work) => {
                    let done = ready!(work.as_mut().poll(cx));
                    self.state = Packing::Lost;
                    let (coder, packed) = done?;
                    self.state = Packing::Idle(coder);
                    (self.packed, self.sent) = (packed, 0);
                }
            }
        }
    }
}

fn pack(mut coder: Box<Compress>, mut bytes: &[u8], flush: FlushCompress) -> io::Result<(Box<Compress>, Vec<u8>)> {
    let mut packed = Vec::with_capacity(bytes.len() / 2 + 1024);
    loop {
        let before = coder.total_in();
        let status = coder.compress_vec(bytes, &mut packed, flush).map_err(io::Error::other)?;
        let taken = usize::try_from(coder.total_in() - before).unwrap_or(usize::MAX);
        bytes = bytes.get(taken..).unwrap_or_default();
        let room = packed.len() < packed.capacity();
        if status == Status::StreamEnd || (flush == FlushCompress::None && bytes.is_empty() && room) {
            return Ok((coder, packed));
        }
        packed.reserve(READ);
    }
}

impl<C: AsyncWrite + Unpin> AsyncWrite for Deflater<C> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        ready!(this.poll_drain(cx))?;
        let n = bytes.len().min(PACK);
        if n > 0 {
            this.begin(bytes[..n].to_vec(), FlushCompress::None);
            // It works while the next bytes are fetched.
            if let Poll::Ready(Err(error)) = this.poll_drain(cx) {
                return Poll::Ready(Err(error));
            }
        }
        Poll::Ready(Ok(n))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_drain(cx))?;
        Pin::new(&mut this.connection).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_end(cx))?;
        Pin::new(&mut this.connection).poll_shutdown(cx)
    }
}

/// Decompresses what is read from it.
pub(crate) struct Inflater<C> {
    pub(crate) connection: C,
    state: Unpacking,
    /// Bytes that came out; the first `taken` of them were read.
    unpacked: Vec<u8>,
    taken: usize,
}

enum Unpacking {
    Idle(Unpack),
    Busy(Work<(Unpack, Vec<u8>)>),
    /// An earlier piece failed.
    Lost,
}

struct Unpack {
    coder: Decompress,
    /// Received and not decompressed.
    packed: Vec<u8>,
    /// There may be more to come out without more going in.
    full: bool,
    ended: bool,
}

impl<C: AsyncRead + Unpin> Inflater<C> {
    /// Around `connection`.
    pub(crate) fn new(connection: C) -> Self {
        let unpack = Unpack { coder: Decompress::new(true), packed: Vec::new(), full: false, ended: false };
        Self { connection, state: Unpacking::Idle(unpack), unpacked: Vec::new(), taken: 0 }
    }
}

impl Unpack {
    /// Decompresses a piece.
    fn step(mut self) -> Result<(Self, Vec<u8>), Broken> {
        let mut unpacked = Vec::with_capacity(UNPACK);
        let before = self.coder.total_in();
        let status = self.coder.decompress_vec(&self.packed, &mut unpacked, FlushDecompress::None);
        self.ended = status.map_err(|_| Broken::Corrupt)? == Status::StreamEnd;
        self.full = !self.ended && unpacked.len() == unpacked.capacity();
        let taken = usize::try_from(self.coder.total_in() - before).unwrap_or(usize::MAX);
        self.packed.drain(..taken.min(self.packed.len()));
        Ok((self, unpacked))
    }
}

impl<C: AsyncRead + Unpin> AsyncRead for Inflater<C> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        loop {
            if this.taken < this.unpacked.len() {
                let n = (this.unpacked.len() - this.taken).min(buffer.remaining());
                buffer.put_slice(&this.unpacked[this.taken..this.taken + n]);
                this.taken += n;
                return Poll::Ready(Ok(()));
            }
            match &mut this.state {
                Unpacking::Lost => return Poll::Ready(Err(Broken::Corrupt.into())),
                Unpacking::Busy(work) => {
                    let done = ready!(work.as_mut().poll(cx));
                    this.state = Unpacking::Lost;
                    let (unpack, unpacked) = done?;
                    this.state = Unpacking::Idle(unpack);
                    (this.unpacked, this.taken) = (unpacked, 0);
                }
                // Nothing may come behind the end.
                Unpacking::Idle(unpack) if unpack.ended && !unpack.packed.is_empty() => {
                    return Poll::Ready(Err(Broken::Corrupt.into()));
                }
                Unpacking::Idle(unpack) if unpack.full || !unpack.packed.is_empty() => {
                    if let Unpacking::Idle(unpack) = std::mem::replace(&mut this.state, Unpacking::Lost) {
                        this.state =
                            Unpacking::Busy(Box::pin(async move { Ok(in_turn(move || unpack.step()).await??) }));
                    }
                }
                Unpacking::Idle(unpack) => {
                    let mut bytes = vec![0; READ];
                    let mut packed = ReadBuf::new(&mut bytes);
                    ready!(Pin::new(&mut this.connection).poll_read(cx, &mut packed))?;
                    if packed.filled().is_empty() {
                        let end = if unpack.ended { Ok(()) } else { Err(Broken::Short.into()) };
                        return Poll::Ready(end);
                    }
                    let n = packed.filled().len();
                    bytes.truncate(n);
                    unpack.packed = bytes;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    /// What arrives when `bytes` are sent compressed, over a connection that takes `room` bytes at once.
    async fn there_and_back(bytes: &[u8], room: usize) -> Vec<u8> {
        let (ours, theirs) = duplex(room);
        let sent = bytes.to_vec();
        let sending = tokio::spawn(async move {
            let mut deflater = Deflater::new(ours, DEFAULT_LEVEL);
            deflater.write_all(&sent).await.unwrap();
            deflater.flush().await.unwrap();
            deflater.shutdown().await.unwrap();
        });
        let mut received = Vec::new();
        Inflater::new(theirs).read_to_end(&mut received).await.unwrap();
        sending.await.unwrap();
        received
    }

    async fn unpacked(packed: &[u8]) -> io::Result<usize> {
        Inflater::new(packed).read_to_end(&mut Vec::new()).await
    }

    async fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut deflater = Deflater::new(Vec::new(), 9);
        deflater.write_all(bytes).await.unwrap();
        deflater.shutdown().await.unwrap();
        deflater.connection
    }

    #[tokio::test]
    async fn what_goes_in_comes_out() {
        let text: Vec<u8> =
            (0..400_000_u32).flat_map(|n| (n.wrapping_mul(2_654_435_761) >> 20).to_le_bytes()).collect();
        for length in [0, 1, 1_000, PACK, PACK + 1, text.len()] {
            for room in [7, 100_000] {
                if length > 1_000 && room == 7 {
                    continue;
                }
                assert!(there_and_back(&text[..length], room).await == text[..length], "{length} {room}");
            }
        }
        let zeros = vec![0; 3 * UNPACK + 1];
        assert!(there_and_back(&zeros, 100).await == zeros);
    }

    proptest! {
        #[test]
        fn noise_is_no_stream(head in prop_oneof![Just(vec![0x78, 0x9c]), Just(vec![])], noise in proptest::collection::vec(any::<u8>(), 0..200)) {
            let noise = [head, noise].concat();
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let result = runtime.block_on(unpacked(&noise));
            prop_assert!(result.is_err_and(|error| Broken::Short.is(&error) || Broken::Corrupt.is(&error)));
        }
    }

    #[tokio::test]
    async fn broken_streams_are_known() {
        let good = packed(&[7; 10_000]).await;
        assert_eq!(unpacked(&good).await.unwrap(), 10_000);
        for short in [&[][..], &good[..1], &good[..good.len() - 1]] {
            assert!(Broken::Short.is(&unpacked(short).await.unwrap_err()));
        }
        let mut checksum = good.clone();
        *checksum.last_mut().unwrap() ^= 1;
        for corrupt in [b"plain text".to_vec(), checksum, [&good[..], b"x"].concat()] {
            assert!(Broken::Corrupt.is(&unpacked(&corrupt).await.unwrap_err()));
        }
    }
}

//! COMPRESS=DEFLATE ([RFC 4978](https://www.rfc-editor.org/rfc/rfc4978)): raw deflate in both
//! directions.

use std::{io, mem};

use bytes::{Buf as _, BytesMut};
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

/// The most bytes that one step decompresses: whatever a client sends, no more of it is in memory.
const PIECE: usize = 16 * 1024;

/// Both directions of a compressed connection.
pub(super) struct Deflate {
    inflater: Decompress,
    /// From the client, compressed.
    pub(super) received: BytesMut,
    piece: Box<[u8]>,
    deflater: Compress,
    /// For the client, compressed.
    queued: Vec<u8>,
    /// The compressor may hold bytes back.
    is_behind: bool,
}

impl Deflate {
    /// `received` has come from the client already.
    pub(super) fn new(received: BytesMut) -> Self {
        Self {
            inflater: Decompress::new(false),
            received,
            piece: vec![0; PIECE].into(),
            deflater: Compress::new(Compression::fast(), false),
            queued: Vec::new(),
            is_behind: false,
        }
    }

    /// Decompresses a piece of what was received, and appends it to `input`. False: more has to be
    /// received.
    ///
    /// # Errors
    /// The bytes are no deflate stream, or the stream has ended.
    pub(super) fn inflate(&mut self, input: &mut BytesMut) -> io::Result<bool> {
        loop {
            let before = (self.inflater.total_in(), self.inflater.total_out());
            let status = self
                .inflater
                .decompress(&self.received, &mut self.piece, FlushDecompress::None)
                .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
            let taken = length(self.inflater.total_in() - before.0);
            let made = length(self.inflater.total_out() - before.1);
            self.received.advance(taken.min(self.received.len()));
            if made > 0 {
                input.extend_from_slice(self.piece.get(..made).unwrap_or_default());
                return Ok(true);
            }
            if status == Status::StreamEnd {
                let text = "the compressed stream has ended";
                return Err(io::Error::new(io::ErrorKind::InvalidData, text));
            }
            if taken == 0 || self.received.is_empty() {
                return Ok(false);
            }
        }
    }

    /// Compresses bytes for the client.
    ///
    /// # Errors
    /// The compressor failed.
    pub(super) fn deflate(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        self.is_behind |= !bytes.is_empty();
        while !bytes.is_empty() {
            let taken = self.step(bytes, FlushCompress::None)?;
            bytes = bytes.get(taken..).unwrap_or_default();
        }
        Ok(())
    }

    /// All that the client has to be sent: the compressor holds nothing back.
    ///
    /// # Errors
    /// The compressor failed.
    pub(super) fn take(&mut self) -> io::Result<Vec<u8>> {
        if mem::take(&mut self.is_behind) {
            // A vector that was filled means that there may be more.
            while {
                self.step(&[], FlushCompress::Sync)?;
                self.queued.len() == self.queued.capacity()
            } {}
        }
        Ok(mem::take(&mut self.queued))
    }

    /// How many of these bytes were compressed.
    fn step(&mut self, bytes: &[u8], flush: FlushCompress) -> io::Result<usize> {
        self.queued.reserve(PIECE);
        let before = self.deflater.total_in();
        self.deflater.compress_vec(bytes, &mut self.queued, flush).map_err(io::Error::other)?;
        Ok(length(self.deflater.total_in() - before))
    }
}

fn length(octets: u64) -> usize {
    usize::try_from(octets).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compressed(text: &[u8]) -> Vec<u8> {
        let mut deflate = Deflate::new(BytesMut::new());
        deflate.deflate(text).unwrap();
        deflate.take().unwrap()
    }

    #[test]
    fn what_is_compressed_comes_back_whole_and_byte_by_byte() {
        let text: Vec<u8> = (0..100_000_u32).flat_map(u32::to_le_bytes).collect();
        let octets = compressed(&text);
        for size in [1, 7, octets.len()] {
            let mut deflate = Deflate::new(BytesMut::new());
            let mut back = BytesMut::new();
            for piece in octets.chunks(size) {
                deflate.received.extend_from_slice(piece);
                while deflate.inflate(&mut back).unwrap() {}
            }
            assert!(back == text, "in pieces of {size}");
        }
        assert_eq!(Deflate::new(BytesMut::new()).take().unwrap(), [0; 0], "nothing was written");
    }

    #[test]
    fn a_bomb_comes_in_pieces() {
        let bomb = compressed(&vec![b'x'; 64 << 20]);
        assert!(bomb.len() < 1 << 20, "{}", bomb.len());
        let mut deflate = Deflate::new(BytesMut::from(&bomb[..]));
        let (mut piece, mut all) = (BytesMut::new(), 0);
        while deflate.inflate(&mut piece).unwrap() {
            assert!(piece.len() <= PIECE);
            all += piece.len();
            piece.clear();
        }
        assert_eq!(all, 64 << 20);
    }

    #[test]
    fn an_empty_block_gives_nothing_and_what_is_no_stream_fails() {
        // Stored blocks of no bytes, not the last ones.
        let empty = [0, 0, 0, 0xff, 0xff].repeat(1000);
        let mut deflate = Deflate::new(BytesMut::from(&empty[..]));
        let mut input = BytesMut::new();
        assert!(!deflate.inflate(&mut input).unwrap() && input.is_empty());
        assert!(deflate.received.is_empty());
        // A last block, and an invalid type of block.
        for octets in [&[1, 0, 0, 0xff, 0xff][..], &[7; 20]] {
            let mut deflate = Deflate::new(BytesMut::from(octets));
            let error = deflate.inflate(&mut input).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        }
    }
}

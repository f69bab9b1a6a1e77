//! Websocket frames, of which only the header and the first bytes are looked at.

/// How much of a payload is kept; a control frame's fits whole.
const KEPT: usize = 192;
const HEADER_MAX: usize = 10;

/// A frame that has come whole.
#[derive(Debug, PartialEq, Eq)]
pub enum Seen<'frame> {
    /// A text frame.
    Text {
        /// Its first bytes.
        start: &'frame [u8],
        /// How long it is, with its header.
        bytes: u64,
    },
    /// A ping, to be answered with the same bytes.
    Ping(&'frame [u8]),
    /// The end.
    Close(u16),
    /// Anything else.
    Other,
}

/// Takes bytes in any pieces.
#[derive(Debug, Default)]
pub struct Frames {
    header: [u8; HEADER_MAX],
    header_length: usize,
    /// What is missing of the payload; `None` while the header is incomplete.
    missing: Option<u64>,
    length: u64,
    start: Vec<u8>,
}

impl Frames {
    /// Takes the bytes and tells of every frame that ends in them.
    pub fn feed(&mut self, mut bytes: &[u8], mut seen: impl FnMut(Seen<'_>)) {
        loop {
            let Some(missing) = self.missing else {
                let Some((first, rest)) = bytes.split_first() else {
                    return;
                };
                bytes = rest;
                self.header_byte(*first);
                continue;
            };
            let taken = bytes
                .len()
                .min(usize::try_from(missing).unwrap_or(usize::MAX));
            let (payload, rest) = bytes.split_at(taken);
            let wanted = payload.len().min(KEPT.saturating_sub(self.start.len()));
            self.start.extend(payload.iter().take(wanted));
            bytes = rest;
            let missing = missing.saturating_sub(crate::numbers::count(taken));
            self.missing = Some(missing);
            if missing > 0 {
                return;
            }
            seen(self.frame());
            self.start.clear();
            (self.header_length, self.missing) = (0, None);
        }
    }

    /// One more byte of the header; the last one tells the payload's length.
    fn header_byte(&mut self, byte: u8) {
        if let Some(place) = self.header.get_mut(self.header_length) {
            *place = byte;
            self.header_length += 1;
        }
        let [_, short, extended @ ..] = self.header;
        let short = short & 0x7F;
        let (needed, digits) = match short {
            127 => (10, 8),
            126 => (4, 2),
            _ => (2, 0),
        };
        if self.header_length < 2 || self.header_length < needed {
            return;
        }
        let big_endian = |sum: u64, byte: &u8| (sum << 8) | u64::from(*byte);
        let length = match digits {
            0 => u64::from(short),
            digits => extended.iter().take(digits).fold(0, big_endian),
        };
        self.length = length.saturating_add(crate::numbers::count(needed));
        self.missing = Some(length);
    }

    fn frame(&self) -> Seen<'_> {
        let [first, ..] = self.header;
        match (first & 0x0F, self.start.as_slice()) {
            (1, start) => Seen::Text {
                start,
                bytes: self.length,
            },
            (8, [high, low, ..]) => Seen::Close(u16::from_be_bytes([*high, *low])),
            (8, _) => Seen::Close(1005),
            (9, payload) => Seen::Ping(payload),
            _ => Seen::Other,
        }
    }
}

/// A short frame as a client has to send it: masked, here with zeros.
pub fn masked(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x80 | opcode];
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(length), _) if length < 126 => frame.push(0x80 | length),
        (_, length) => {
            frame.push(0x80 | 126);
            frame.extend(length.unwrap_or(u16::MAX).to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(payload);
    frame
}

/// The number behind `"<name>":` in the first bytes of a frame.
pub fn number(start: &[u8], name: &str) -> Option<u64> {
    let text = String::from_utf8_lossy(start);
    let (_, behind) = text.split_once(&format!("\"{name}\":"))?;
    let end = behind.find(|c: char| !c.is_ascii_digit())?;
    behind.get(..end)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(length: usize) -> Vec<u8> {
        let mut frame = vec![0x81];
        match length {
            0..126 => frame.push(u8::try_from(length).unwrap()),
            126..65_536 => {
                frame.push(126);
                frame.extend(u16::try_from(length).unwrap().to_be_bytes());
            }
            _ => {
                frame.push(127);
                frame.extend(u64::try_from(length).unwrap().to_be_bytes());
            }
        }
        frame.extend(vec![b'x'; length]);
        frame
    }

    /// Lengths of text frames, pings and closes, in order.
    fn fed(bytes: &[u8], piece: usize) -> Vec<String> {
        let (mut frames, mut all) = (Frames::default(), Vec::new());
        for piece in bytes.chunks(piece) {
            frames.feed(piece, |seen| {
                all.push(match seen {
                    Seen::Text { start, bytes } => format!("text {bytes} {}", start.len()),
                    Seen::Ping(payload) => format!("ping {}", payload.len()),
                    Seen::Close(code) => format!("close {code}"),
                    Seen::Other => "other".to_owned(),
                });
            });
        }
        all
    }

    #[test]
    fn frames_come_out_whatever_the_pieces() {
        let mut bytes = [0, 5, 125, 126, 65_535, 70_000].map(text).concat();
        bytes.extend([0x89, 2, 1, 2, 0x88, 2, 0x0F, 0xA8]);
        let expected = [
            "text 2 0",
            "text 7 5",
            "text 127 125",
            "text 130 126",
            "text 65539 192",
            "text 70010 192",
            "ping 2",
            "close 4008",
        ];
        for piece in [1, 2, 3, 7, 1_000, 1_000_000] {
            assert_eq!(fed(&bytes, piece), expected, "pieces of {piece}");
        }
    }

    #[test]
    fn numbers_are_found_by_name() {
        let start = br#"{"type":"change","view":"all","seq":1207,"prev":1206,"enter":["#;
        assert_eq!(number(start, "seq"), Some(1_207));
        assert_eq!(number(start, "prev"), Some(1_206));
        assert_eq!(number(start, "total"), None);
        assert_eq!(number(br#"{"seq":12"#, "seq"), None, "it may go on");
    }

    #[test]
    fn what_is_sent_is_masked() {
        assert_eq!(masked(1, b"ab"), [0x81, 0x82, 0, 0, 0, 0, b'a', b'b']);
        assert_eq!(masked(1, &[0; 200]).len(), 200 + 8);
    }
}

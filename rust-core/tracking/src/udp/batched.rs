//! Linux: many datagrams by one call, each with the moment the kernel had it and the count of those it dropped.
//!
//! The one module of this crate that calls the system unsafely, in two places. What the kernel wrote is then read
//! as plain bytes. All memory is taken when it is made.

use std::{
    io,
    mem::size_of,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
    os::fd::{AsRawFd, RawFd},
};

/// Datagrams by one call.
const MOST: usize = 32;
/// Their buffers lie apart by their length and so many bytes more, or all would share one set of the processor's cache.
const APART: usize = 193;
/// Room for a sender's address and for a datagram's control messages, in words (so that they are aligned).
const NAME_WORDS: usize = 16;
const CONTROL_WORDS: usize = 16;

/// Received datagrams that were not asked for yet.
pub(super) struct Batch {
    buffers: Vec<u8>,
    longest: usize,
    /// From one buffer to the next.
    stride: usize,
    names: Vec<[u64; NAME_WORDS]>,
    controls: Vec<[u64; CONTROL_WORDS]>,
    got: [Got; MOST],
    next: usize,
    count: usize,
    last_dropped: u32,
    dropped: u64,
}

/// One datagram.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Got {
    index: usize,
    length: usize,
    pub(super) source: Option<SocketAddr>,
    /// When the kernel had it: nanoseconds of its wall clock.
    pub(super) utc_nanos: Option<i64>,
}

impl Batch {
    /// Asks the kernel for times and counts; `None` where it has none to give.
    pub(super) fn new(socket: &UdpSocket, longest: usize) -> Option<Self> {
        let fd = socket.as_raw_fd();
        switch_on(fd, libc::SO_TIMESTAMPNS).ok()?;
        // Old kernels only lack the count.
        let _ = switch_on(fd, libc::SO_RXQ_OVFL);
        let stride = longest + APART;
        Some(Self {
            buffers: vec![0; MOST * stride],
            longest,
            stride,
            names: vec![[0; NAME_WORDS]; MOST],
            controls: vec![[0; CONTROL_WORDS]; MOST],
            got: [Got::default(); MOST],
            next: 0,
            count: 0,
            last_dropped: 0,
            dropped: 0,
        })
    }

    /// Whether one is at hand.
    pub(super) fn has_next(&self) -> bool {
        self.next < self.count
    }

    /// How many are at hand.
    pub(super) fn left(&self) -> usize {
        self.count - self.next
    }

    /// When the kernel had the last of those at hand.
    pub(super) fn youngest(&self) -> Option<i64> {
        self.got[..self.count].last()?.utc_nanos
    }

    /// The next one at hand.
    pub(super) fn next(&mut self) -> Option<(Got, &[u8])> {
        let got = *self.got[..self.count].get(self.next)?;
        self.next += 1;
        let start = got.index * self.stride;
        Some((got, &self.buffers[start..start + got.length]))
    }

    /// Datagrams the kernel dropped because nobody took them in time.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Waits for a datagram, as long as the socket's timeout allows. Takes that one alone, which hands it on soonest;
    /// all that are there when `many` are to be expected.
    pub(super) fn receive(&mut self, socket: &UdpSocket, many: bool) -> io::Result<()> {
        // Asked for one, the kernel does not look for a second before it returns.
        if many { self.take::<MOST>(socket) } else { self.take::<1>(socket) }
    }

    fn take<const N: usize>(&mut self, socket: &UdpSocket) -> io::Result<()> {
        const { assert!(N <= MOST) };
        (self.next, self.count) = (0, 0);
        let mut slices: [libc::iovec; N] = std::array::from_fn(|index| libc::iovec {
            iov_base: self.buffers[index * self.stride..].as_mut_ptr().cast(),
            iov_len: self.longest,
        });
        // SAFETY: a header of zeroes is a valid one: no address, no slices, no control messages.
        #[expect(unsafe_code, reason = "the C structure has private padding and cannot be written out")]
        let mut headers: [libc::mmsghdr; N] = unsafe { std::mem::zeroed() };
        for (index, header) in headers.iter_mut().enumerate() {
            let header = &mut header.msg_hdr;
            header.msg_name = self.names[index].as_mut_ptr().cast();
            header.msg_namelen = (NAME_WORDS * size_of::<u64>()) as libc::socklen_t;
            header.msg_iov = &raw mut slices[index];
            header.msg_iovlen = 1;
            header.msg_control = self.controls[index].as_mut_ptr().cast();
            header.msg_controllen = CONTROL_WORDS * size_of::<u64>();
        }
        // SAFETY: each header points to one slice, one name and one control area, all disjoint, alive and
        // exclusively borrowed through `self` and this frame until the call returns, with their true lengths.
        #[expect(unsafe_code, reason = "there is no safe call that takes many datagrams with their times")]
        let count = unsafe {
            libc::recvmmsg(
                socket.as_raw_fd(),
                headers.as_mut_ptr(),
                N as libc::c_uint,
                libc::MSG_WAITFORONE,
                std::ptr::null_mut(),
            )
        };
        let count = usize::try_from(count).map_err(|_| io::Error::last_os_error())?;
        for (index, header) in headers.iter().take(count).enumerate() {
            let control_length = header.msg_hdr.msg_controllen;
            let control = read_control(&self.controls[index], control_length);
            if let Some(dropped) = control.dropped {
                self.dropped += u64::from(dropped.wrapping_sub(self.last_dropped));
                self.last_dropped = dropped;
            }
            let length = (header.msg_len as usize).min(self.longest);
            let source = read_name(&self.names[index]);
            self.got[index] = Got { index, length, source, utc_nanos: control.utc_nanos };
        }
        self.count = count.min(N);
        Ok(())
    }
}

fn switch_on(fd: RawFd, option: libc::c_int) -> io::Result<()> {
    let on: libc::c_int = 1;
    // SAFETY: the option takes an int, and is given one that lives through the call, with its size.
    #[expect(unsafe_code, reason = "no safe wrapper sets these options")]
    let answer = unsafe {
        libc::setsockopt(
            fd,
            libc::SOL_SOCKET,
            option,
            (&raw const on).cast(),
            size_of::<libc::c_int>() as libc::socklen_t,
        )
    };
    if answer == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// What the control messages of a datagram say.
#[derive(Default)]
struct Control {
    utc_nanos: Option<i64>,
    dropped: Option<u32>,
}

/// Walks control messages: length (a word, header included), level, type, data, each at a whole word.
fn read_control(words: &[u64; CONTROL_WORDS], length: usize) -> Control {
    let bytes = as_bytes(words);
    let mut rest = &bytes[..length.min(bytes.len())];
    let mut control = Control::default();
    const HEADER: usize = size_of::<usize>() + 8;
    while let Some((header, _)) = rest.split_at_checked(HEADER) {
        let (length, kind) = header.split_at(size_of::<usize>());
        let length = length.try_into().map_or(0, usize::from_ne_bytes);
        let Some(data) = rest.get(HEADER..length) else { break };
        let int = |bytes: &[u8]| bytes.try_into().map_or(0, i32::from_ne_bytes);
        let (level, kind) = (int(&kind[..4]), int(&kind[4..]));
        match kind {
            _ if level != libc::SOL_SOCKET => {}
            libc::SCM_TIMESTAMPNS => control.utc_nanos = read_time(data),
            libc::SO_RXQ_OVFL => {
                control.dropped = data.get(..4).and_then(|b| b.try_into().ok()).map(u32::from_ne_bytes);
            }
            _ => {}
        }
        let step = length.next_multiple_of(size_of::<usize>()).max(HEADER);
        rest = rest.get(step..).unwrap_or_default();
    }
    control
}

/// A `timespec`: two longs.
fn read_time(data: &[u8]) -> Option<i64> {
    const LONG: usize = size_of::<libc::c_long>();
    // A long has 32 or 64 bits; this holds either.
    let long = |bytes: &[u8]| libc::c_long::from_ne_bytes(bytes.try_into().unwrap_or_default());
    let (seconds, nanos) = (long(data.get(..LONG)?), long(data.get(LONG..2 * LONG)?));
    #[expect(clippy::useless_conversion, reason = "a long has 32 bits on some machines")]
    let (seconds, nanos) = (i64::from(seconds), i64::from(nanos));
    seconds.checked_mul(1_000_000_000)?.checked_add(nanos)
}

/// A `sockaddr_in` or `sockaddr_in6`: family, port, then addresses in network order.
fn read_name(words: &[u64; NAME_WORDS]) -> Option<SocketAddr> {
    let bytes = as_bytes(words);
    let family = i32::from(u16::from_ne_bytes([bytes[0], bytes[1]]));
    let port = u16::from_be_bytes([bytes[2], bytes[3]]);
    let ip = match family {
        libc::AF_INET => IpAddr::V4(Ipv4Addr::from(<[u8; 4]>::try_from(&bytes[4..8]).ok()?)),
        libc::AF_INET6 => IpAddr::V6(Ipv6Addr::from(<[u8; 16]>::try_from(&bytes[8..24]).ok()?)),
        _ => return None,
    };
    Some(SocketAddr::new(ip, port))
}

fn as_bytes(words: &[u64; 16]) -> [u8; 128] {
    let mut bytes = [0; 128];
    for (chunk, word) in bytes.chunks_exact_mut(8).zip(words) {
        chunk.copy_from_slice(&word.to_ne_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn pair() -> (UdpSocket, UdpSocket) {
        let receiver = UdpSocket::bind("127.0.0.1:0").expect("a free port");
        receiver.set_read_timeout(Some(Duration::from_secs(5))).expect("a socket");
        let sender = UdpSocket::bind("127.0.0.1:0").expect("a free port");
        sender.connect(receiver.local_addr().expect("bound")).expect("loopback");
        (receiver, sender)
    }

    #[test]
    fn one_call_takes_what_is_there_in_order_with_senders_and_times() {
        let (receiver, sender) = pair();
        let mut batch = Batch::new(&receiver, 2000).expect("Linux");
        for number in 0..50u8 {
            sender.send(&[number; 100]).expect("loopback");
        }
        let mut last = 0;
        for number in 0..50u8 {
            if !batch.has_next() {
                batch.receive(&receiver, number % 3 > 0).expect("there are more");
            }
            let (got, bytes) = batch.next().expect("at least one");
            assert_eq!(bytes, [number; 100]);
            assert_eq!(got.source, sender.local_addr().ok());
            let time = got.utc_nanos.expect("the kernel stamps");
            assert!(time >= last && time > 1_600_000_000_000_000_000, "{time} after {last}");
            last = time;
        }
        assert_eq!(batch.dropped(), 0);
        assert!(batch.next().is_none());
    }

    #[test]
    fn what_the_kernel_drops_is_counted() {
        let (receiver, sender) = pair();
        let socket = socket2::SockRef::from(&receiver);
        socket.set_recv_buffer_size(1 << 14).expect("a small buffer");
        let mut batch = Batch::new(&receiver, 2000).expect("Linux");
        for _ in 0..500 {
            sender.send(&[1; 1000]).expect("loopback");
        }
        receiver.set_read_timeout(Some(Duration::from_millis(1))).expect("a socket");
        let mut came = 0;
        while batch.receive(&receiver, true).is_ok() {
            came += std::iter::from_fn(|| batch.next().map(|_| ())).count() as u64;
        }
        // The count comes with the next datagram.
        sender.send(&[2]).expect("loopback");
        batch.receive(&receiver, false).expect("one more");
        assert!(came < 500, "the buffer was too small for all");
        assert_eq!(came + batch.dropped(), 500);
    }

    #[test]
    fn damaged_control_messages_say_nothing() {
        let mut words = [0u64; CONTROL_WORDS];
        for length in 0..=128 {
            for first in [0, 1, 15, 16, 17, 32, 1000, u64::MAX] {
                words[0] = first;
                let control = read_control(&words, length);
                assert!(control.utc_nanos.is_none() && control.dropped.is_none());
            }
        }
    }
}

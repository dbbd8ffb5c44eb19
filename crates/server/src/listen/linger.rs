//! The end of a connection whose caller may still be writing: an answer that was given early reaches it only when what it goes on
//! to send is read, because the system answers unread bytes with a reset that takes the answer away.

use std::{io, time::Duration};

use tokio::{
    net::TcpStream,
    time::{Instant, timeout_at},
};

/// A caller who is silent for this long has nothing more to send.
const SILENCE: Duration = Duration::from_secs(2);
/// What is read at once.
const PIECE: usize = 16 << 10;

/// Reads what still comes and forgets it, until the caller is done or `limit` is over. The sending side is closed already.
pub(super) async fn linger(stream: &TcpStream, limit: Duration) {
    let end = Instant::now() + limit;
    let mut piece = vec![0; PIECE];
    loop {
        let silent = end.min(Instant::now() + SILENCE.min(limit));
        if !matches!(timeout_at(silent, stream.readable()).await, Ok(Ok(()))) || Instant::now() >= end {
            return;
        }
        match stream.try_read(&mut piece) {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(_) => return,
        }
    }
}

//! How a connection ends: a statement that is cancelled, and the session itself.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use bytes::BytesMut;
use postgres_protocol::message::frontend;

use super::{CANCEL_GRACE, Connection, is_timeout, stream};

/// How long a server may take to end a session; it takes a millisecond.
const ENDING: Duration = Duration::from_secs(1);

impl Connection {
    /// Asks the server, on a connection of its own, to cancel the statement at hand. That this fails is
    /// no error of its own: the grace period then runs out.
    pub(super) fn send_cancel_request(&self) {
        let mut request = BytesMut::new();
        frontend::cancel_request(self.backend.0, self.backend.1, &mut request);
        if let Ok(mut stream) = stream::connect_for_cancel(self.stream.peer()) {
            let _ = stream.set_read_timeout(Some(CANCEL_GRACE));
            if stream
                .write_all(&request)
                .and_then(|()| stream.flush())
                .is_ok()
            {
                // The server closes the connection once it has taken note.
                let _ = stream.read(&mut [0; 1]);
            }
        }
    }

    /// Ends the session, and waits until the server has, so that no other session sees it any more; but not for long.
    pub fn end(&mut self) {
        if self.lost {
            return;
        }
        self.terminate();
        let deadline = Instant::now() + ENDING;
        while Instant::now() < deadline {
            match self.stream.read(&mut self.scratch) {
                Ok(0) => return,
                Ok(_) => {}
                Err(error) if is_timeout(&error) => {}
                Err(_) => return,
            }
        }
    }

    /// Says that nothing more will come.
    fn terminate(&mut self) {
        self.lost = true;
        self.outbound.clear();
        frontend::terminate(&mut self.outbound);
        let _ = self.stream.write(&self.outbound);
        let _ = self.stream.flush();
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if !self.lost {
            self.terminate();
        }
    }
}

//! What a connection is asked for: a simple query, as psql sends nearly everything, or one by the extended protocol.

use std::io;

use bytes::{BufMut, BytesMut};
use postgres_protocol::IsNull;
use postgres_protocol::message::frontend;

/// One request, which the server answers up to its being ready again.
#[derive(Debug, Clone, Copy)]
pub enum Request<'r> {
    /// One or several statements.
    Simple(&'r str),
    /// One statement with parameters.
    WithParameters {
        /// The statement.
        sql: &'r str,
        /// Its parameters, as text.
        parameters: &'r [String],
    },
    /// A prepared statement.
    Prepared {
        /// Its name.
        name: &'r str,
        /// Its parameters, as text.
        parameters: &'r [String],
    },
    /// A statement to prepare.
    Prepare {
        /// The name that it gets.
        name: &'r str,
        /// The statement.
        sql: &'r str,
    },
    /// A prepared statement to forget.
    Close {
        /// Its name.
        name: &'r str,
    },
    /// The columns that a statement would bring.
    Describe {
        /// The statement.
        sql: &'r str,
    },
}

impl Request<'_> {
    /// Whether the `Sync` that ends each request of the extended protocol is still to be sent, once its statement is
    /// done. Sent at once it would be lost on a server that takes the data of a `COPY`.
    pub(super) fn waits_for_its_end(&self) -> bool {
        matches!(self, Self::WithParameters { .. } | Self::Prepared { .. })
    }

    pub(super) fn write(&self, out: &mut BytesMut) -> io::Result<()> {
        let no_types = std::iter::empty;
        match self {
            Self::Simple(sql) => return frontend::query(sql, out),
            Self::WithParameters { sql, parameters } => {
                frontend::parse("", sql, no_types(), out)?;
                run("", parameters, out)?;
            }
            Self::Prepared { name, parameters } => run(name, parameters, out)?,
            Self::Prepare { name, sql } => frontend::parse(name, sql, no_types(), out)?,
            Self::Close { name } => frontend::close(b'S', name, out)?,
            Self::Describe { sql } => {
                frontend::parse("", sql, no_types(), out)?;
                frontend::describe(b'S', "", out)?;
            }
        }
        if self.waits_for_its_end() {
            frontend::flush(out);
        } else {
            frontend::sync(out);
        }
        Ok(())
    }
}

/// Binds a prepared statement to parameters and runs it.
fn run(name: &str, parameters: &[String], out: &mut BytesMut) -> io::Result<()> {
    let bound = frontend::bind(
        "",
        name,
        None,
        parameters,
        |parameter, out| {
            out.put_slice(parameter.as_bytes());
            Ok(IsNull::No)
        },
        None,
        out,
    );
    bound.map_err(|error| match error {
        frontend::BindError::Conversion(error) => io::Error::other(error),
        frontend::BindError::Serialization(error) => error,
    })?;
    frontend::describe(b'P', "", out)?;
    frontend::execute("", 0, out)
}

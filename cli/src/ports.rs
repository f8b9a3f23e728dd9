//! Whether an address can be listened on.

use std::net::{SocketAddr, TcpListener};

/// Why it cannot.
#[derive(Debug, thiserror::Error)]
pub enum PortError {
    /// Someone else listens there.
    #[error("{address} is in use: stop what listens there, or choose another address with {flag}")]
    Taken {
        /// The address.
        address: SocketAddr,
        /// The flag that changes it.
        flag: &'static str,
    },
    /// The system does not allow it.
    #[error("{address} cannot be listened on ({reason}): choose another address with {flag}")]
    Refused {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        reason: std::io::Error,
        /// The flag that changes it.
        flag: &'static str,
    },
}

/// Checks that `address`, which `flag` sets, is free.
///
/// # Errors
/// See [`PortError`].
pub fn check(address: SocketAddr, flag: &'static str) -> Result<(), PortError> {
    match TcpListener::bind(address) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => Err(PortError::Taken { address, flag }),
        Err(reason) => Err(PortError::Refused { address, reason, flag }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_free_address_is_free() {
        assert!(check("127.0.0.1:0".parse().unwrap(), "--listen").is_ok());
    }

    #[test]
    fn a_taken_address_is_named_with_the_flag_that_changes_it() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let error = check(address, "--listen").unwrap_err().to_string();
        assert!(
            error.contains(&address.to_string()) && error.contains("--listen"),
            "{error}"
        );
    }
}

//! Password hashing (Argon2id) on a bounded number of blocking threads.
//!
//! One hash costs tens of megabytes and milliseconds, so a storm of sign-ins is refused at the
//! end of a short queue instead of taking the machine.

use std::fmt;
use std::sync::Arc;

use argon2::{Argon2, Params, PasswordHasher as _, PasswordVerifier as _};
use tokio::sync::Semaphore;

use crate::clock::Clock;
use crate::config::AuthConfig;

/// Random bytes in the salt of a password.
const SALT_BYTES: usize = 16;

/// Why a password was not hashed or compared.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Too many wait already.
    #[error("too many passwords are being checked")]
    Overloaded,
    /// The parameters or the stored hash are not usable.
    #[error("the password could not be hashed: {0}")]
    Unusable(String),
}

/// See the module.
#[derive(Clone)]
pub struct Passwords {
    argon2: Argon2<'static>,
    clock: Arc<dyn Clock>,
    running: Arc<Semaphore>,
    admitted: Arc<Semaphore>,
    /// The hash of no password, compared with when there is no such user: it takes as long.
    decoy: Arc<str>,
}

impl fmt::Debug for Passwords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Passwords").finish_non_exhaustive()
    }
}

impl Passwords {
    /// Hashing as configured.
    ///
    /// # Errors
    /// When Argon2 does not take the parameters.
    pub fn new(config: &AuthConfig, clock: Arc<dyn Clock>) -> Result<Self, PasswordError> {
        let params = Params::new(
            config.argon2_memory_kib,
            config.argon2_iterations,
            config.argon2_parallelism,
            None,
        )
        .map_err(|error| PasswordError::Unusable(error.to_string()))?;
        let threads = config.hashing_threads_max.max(1);
        let admitted = threads.saturating_add(config.hashing_queue_max);
        let argon2 = Argon2::from(params);
        let decoy = hash(&argon2, b"", &[0; SALT_BYTES])?;
        Ok(Self {
            argon2,
            clock,
            running: Arc::new(Semaphore::new(threads)),
            admitted: Arc::new(Semaphore::new(admitted)),
            decoy,
        })
    }

    /// The hash of a password, in PHC form.
    ///
    /// # Errors
    /// [`PasswordError`].
    pub async fn hash(&self, password: String) -> Result<Arc<str>, PasswordError> {
        let mut salt = [0; SALT_BYTES];
        self.clock.random_bytes(&mut salt);
        let argon2 = self.argon2.clone();
        self.run(move || hash(&argon2, password.as_bytes(), &salt))
            .await?
    }

    /// Whether the password is the one that was hashed; never for `None`, which takes as long.
    ///
    /// # Errors
    /// [`PasswordError::Overloaded`].
    pub async fn verify(
        &self,
        password: String,
        hash: Option<Arc<str>>,
    ) -> Result<bool, PasswordError> {
        let argon2 = self.argon2.clone();
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| Arc::clone(&self.decoy));
        let same = self
            .run(move || argon2.verify_password(password.as_bytes(), &*hash).is_ok())
            .await?;
        Ok(known && same)
    }

    async fn run<R: Send + 'static>(
        &self,
        work: impl FnOnce() -> R + Send + 'static,
    ) -> Result<R, PasswordError> {
        let overloaded = |_| PasswordError::Overloaded;
        let _admitted = self.admitted.try_acquire().map_err(overloaded)?;
        let running = Arc::clone(&self.running);
        let running = running
            .acquire_owned()
            .await
            .map_err(|closed| PasswordError::Unusable(closed.to_string()))?;
        tokio::task::spawn_blocking(move || {
            let done = work();
            drop(running);
            done
        })
        .await
        .map_err(|error| PasswordError::Unusable(error.to_string()))
    }
}

fn hash(argon2: &Argon2<'_>, password: &[u8], salt: &[u8]) -> Result<Arc<str>, PasswordError> {
    argon2
        .hash_password_with_salt(password, salt)
        .map(|hash| Arc::from(hash.to_string()))
        .map_err(|error| PasswordError::Unusable(error.to_string()))
}

//! Where passwords are hashed: nowhere else, because each hash takes a processor and 19 MiB.

use crate::{
    domain::account::{Memory, NewPassword, Password},
    http::Problem,
    work::blocking,
};
use std::{
    num::NonZero,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
};
use tokio::sync::Semaphore;

/// How many requests may wait for each processor: at some 25 ms for a hash the last of them waits 5 s, half of the
/// time that a function has for an answer.
const WAITING_PER_PROCESSOR: usize = 200;

/// Hashes a few passwords at a time, in memory that is kept; others wait for their turn, in the order they came.
/// Too many others are refused.
#[derive(Debug)]
pub struct Passwords {
    turns: Arc<Semaphore>,
    /// The places of those who wait.
    queue: Semaphore,
    /// What no hash is worked out in now. There is one for each turn that was ever taken at the same time.
    memories: Arc<Mutex<Vec<Memory>>>,
}

impl Passwords {
    /// One at a time for each processor. A function of Lambda's has one request at a time, and so takes memory for
    /// one only.
    pub fn on_this_machine() -> Self {
        let processors = thread::available_parallelism().map_or(1, NonZero::get);
        Self::new(processors, processors * WAITING_PER_PROCESSOR)
    }

    pub fn new(at_once: usize, waiting: usize) -> Self {
        Self { turns: Arc::new(Semaphore::new(at_once)), queue: Semaphore::new(waiting), memories: Arc::default() }
    }

    /// How many hashes were worked out until now, but for those under way: what requests cost, told more surely than
    /// by the time they take.
    pub fn worked_out(&self) -> usize {
        open(&self.memories).iter().map(|memory| memory.hashes).sum()
    }

    /// # Errors
    /// `busy`, when too many wait; `internal_error`, when the system has no randomness or memory to give.
    pub async fn hash(&self, password: &NewPassword) -> Result<String, Problem> {
        let password = password.password().clone();
        self.in_turn(move |memory| password.hash(memory)).await?.map_err(Problem::internal)
    }

    /// Whether the password made that hash. Without a hash it takes the same time to say no.
    ///
    /// # Errors
    /// `busy`, when too many wait; `internal_error`, when the hash is not one or there is no memory for it.
    pub async fn verify(&self, password: &Password, hash: Option<&str>) -> Result<bool, Problem> {
        let (password, hash) = (password.clone(), hash.map(ToOwned::to_owned));
        self.in_turn(move |memory| password.verify(hash.as_deref(), memory)).await?.map_err(Problem::internal)
    }

    /// Does the work as soon as it is its turn, and not at all for a request that was given up by then. Work that
    /// has begun goes on, and keeps its turn, also when nobody waits for it any more.
    async fn in_turn<T: Send + 'static>(&self, work: impl FnOnce(&mut Memory) -> T + Send + 'static) -> Result<T, Problem> {
        let turn = {
            let _place = self.queue.try_acquire().map_err(|_| Problem::busy("too many passwords to hash"))?;
            self.turns.clone().acquire_owned().await.map_err(Problem::internal)?
        };
        let memories = self.memories.clone();
        blocking("hashing a password", move || {
            let mut memory = open(&memories).pop().unwrap_or_default();
            let done = work(&mut memory);
            // Before the next turn, which would make another.
            open(&memories).push(memory);
            drop(turn);
            done
        })
        .await
    }
}

/// No work is done while it is open, so that none can leave it half changed.
fn open(memories: &Mutex<Vec<Memory>>) -> MutexGuard<'_, Vec<Memory>> {
    memories.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::refusal::Refusal;
    use futures::{FutureExt, future::try_join_all, poll};
    use std::{
        pin::pin,
        sync::{
            Barrier,
            atomic::{AtomicUsize, Ordering},
            mpsc,
        },
    };

    /// Work that goes on until it is told to end, or nobody is left to tell it.
    fn endless() -> (mpsc::Sender<()>, impl FnOnce(&mut Memory) -> bool + Send + 'static) {
        let (end, ended) = mpsc::channel();
        (end, move |_: &mut Memory| ended.recv().is_err())
    }

    fn refusal_at_once<T>(asked: impl Future<Output = Result<T, Problem>>) -> Option<Refusal> {
        asked.now_or_never()?.err().map(|problem| problem.refusal)
    }

    #[tokio::test]
    async fn some_at_once_some_more_in_the_queue_and_no_others() {
        let passwords = Passwords::new(2, 3);
        let (ends, mut works): (Vec<_>, Vec<_>) = (0..5)
            .map(|_| {
                let (end, work) = endless();
                (end, Box::pin(passwords.in_turn(work)))
            })
            .unzip();
        for work in &mut works {
            assert!(poll!(work).is_pending());
        }
        assert_eq!(refusal_at_once(passwords.in_turn(|_| ())), Some(Refusal::Busy));
        drop(ends);
        for work in works {
            work.await.unwrap();
        }
    }

    #[tokio::test]
    async fn memory_is_made_for_those_at_once_and_kept_for_the_others() {
        let (passwords, meeting) = (Passwords::new(2, 4), Arc::new(Barrier::new(2)));
        let meet = || {
            let meeting = meeting.clone();
            passwords.in_turn(move |_| meeting.wait().is_leader())
        };
        try_join_all((0..6).map(|_| meet())).await.unwrap();
        assert_eq!(open(&passwords.memories).len(), 2);
    }

    #[tokio::test]
    async fn who_gives_up_waiting_leaves_the_queue_and_nothing_is_done_for_them() {
        let (passwords, done) = (Passwords::new(1, 1), Arc::new(AtomicUsize::new(0)));
        let (end, work) = endless();
        let mut first = pin!(passwords.in_turn(work));
        assert!(poll!(&mut first).is_pending());
        let count = || {
            let done = done.clone();
            move |_: &mut Memory| done.fetch_add(1, Ordering::SeqCst)
        };
        let mut second = Box::pin(passwords.in_turn(count()));
        assert!(poll!(&mut second).is_pending());
        assert_eq!(refusal_at_once(passwords.in_turn(count())), Some(Refusal::Busy));
        drop(second);
        let mut third = pin!(passwords.in_turn(count()));
        assert!(poll!(&mut third).is_pending());
        drop(end);
        first.await.unwrap();
        assert_eq!(third.await.unwrap(), 0, "the first that was done");
        assert_eq!(done.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn who_gives_up_while_it_is_worked_out_keeps_the_turn_until_it_is() {
        let passwords = Passwords::new(1, 1);
        let (end, work) = endless();
        let mut first = Box::pin(passwords.in_turn(work));
        assert!(poll!(&mut first).is_pending());
        drop(first);
        assert_eq!(passwords.turns.available_permits(), 0);
        let mut second = pin!(passwords.in_turn(|_| ()));
        assert!(poll!(&mut second).is_pending());
        drop(end);
        second.await.unwrap();
        assert_eq!(open(&passwords.memories).len(), 1);
    }

    #[tokio::test]
    async fn a_panic_costs_its_memory_and_no_turn() {
        let passwords = Passwords::new(1, 1);
        let panicked = passwords.in_turn(|_| panic!("as meant")).await.unwrap_err();
        assert_eq!(panicked.refusal, Refusal::InternalError);
        passwords.in_turn(|_| ()).await.unwrap();
        assert_eq!(open(&passwords.memories).len(), 1);
    }
}

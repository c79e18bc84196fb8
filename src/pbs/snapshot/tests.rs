use super::*;
use proptest::prelude::*;
use std::sync::atomic::AtomicUsize;
use tokio::sync::{Semaphore, oneshot};

/// A simulated server. Its list is just the number of writes that it has carried out. It responds
/// when the test calls `respond_to_all`.
#[derive(Default)]
struct Server {
    writes: AtomicU64,
    fetches: AtomicUsize,
    pending: Mutex<Vec<oneshot::Sender<()>>>,
}

impl Server {
    async fn list(self: Arc<Self>) -> Result<u64> {
        self.fetches.fetch_add(1, Ordering::SeqCst);
        let (respond, response) = oneshot::channel();
        // A real server can read its data at any time before it responds. This server reads its
        // data when the request arrives. That is the hardest case, because the list is then as old
        // as possible.
        let list = self.writes.load(Ordering::SeqCst);
        self.pending.lock().push(respond);
        let _ = response.await;
        Ok(list)
    }

    fn respond_to_all(&self) {
        for respond in self.pending.lock().drain(..) {
            let _ = respond.send(());
        }
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap()
}

/// Lets the other tasks run until they wait.
async fn run_other_tasks() {
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
}

#[derive(Clone, Debug)]
enum Step {
    /// A reader asks for the list.
    Read,
    /// The latest reader is dropped.
    DropReader,
    /// The server carries out a write, whose response does not arrive yet.
    CarryOutWrite,
    /// The oldest write in progress ends, because its response arrives or is lost.
    EndWrite,
    /// The server responds to all pending requests for the list.
    Respond,
    /// Time passes, in seconds.
    Wait(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => Just(Step::Read),
        1 => Just(Step::DropReader),
        2 => Just(Step::CarryOutWrite),
        2 => Just(Step::EndWrite),
        2 => Just(Step::Respond),
        1 => (1u64..40).prop_map(Step::Wait),
    ];
    proptest::collection::vec(step, 1..60)
}

proptest! {
    /// Every list contains the writes that had ended when its reader asked for it.
    #[test]
    fn a_list_contains_every_write_that_ended_before_its_reader_asked(steps in steps()) {
        runtime().block_on(async {
            let server = Arc::new(Server::default());
            let snapshot = Arc::new(Snapshot::<u64>::default());
            let epochs = Arc::new(Epochs::default());
            let (mut in_progress, mut ended, mut readers) = (Vec::new(), 0, Vec::new());
            for step in steps {
                match step {
                    Step::Read => {
                        let (server, snapshot, epochs) =
                            (server.clone(), snapshot.clone(), epochs.clone());
                        let at_least = ended;
                        readers.push(tokio::spawn(async move {
                            let fetch = || Server::list(server);
                            let list = snapshot.read(&epochs, &[Area::Acl], fetch).await.unwrap();
                            (at_least, *list)
                        }));
                        run_other_tasks().await;
                    }
                    Step::DropReader => {
                        if let Some(reader) = readers.pop() {
                            reader.abort();
                        }
                    }
                    Step::CarryOutWrite => {
                        in_progress.push(epochs.advance_on_drop(&[Area::Acl]));
                        server.writes.fetch_add(1, Ordering::SeqCst);
                    }
                    Step::EndWrite => {
                        if !in_progress.is_empty() {
                            drop(in_progress.remove(0));
                            ended += 1;
                        }
                    }
                    Step::Respond => {
                        server.respond_to_all();
                        run_other_tasks().await;
                    }
                    Step::Wait(seconds) => tokio::time::advance(Duration::from_secs(seconds)).await,
                }
            }
            run_other_tasks().await;
            server.respond_to_all();
            for reader in readers {
                if let Ok((at_least, list)) = reader.await {
                    assert!(list >= at_least, "{list} writes are listed, {at_least} had ended");
                }
            }
        });
    }
}

#[tokio::test(start_paused = true)]
async fn simultaneous_readers_share_one_fetch() {
    let server = Arc::new(Server::default());
    let (snapshot, epochs) = (Snapshot::<u64>::default(), Epochs::default());
    let reads = (0..100).map(|_| {
        let server = server.clone();
        snapshot.read(&epochs, &[Area::Users], || Server::list(server))
    });
    let all = join_all(reads);
    let responding = async {
        run_other_tasks().await;
        server.respond_to_all();
    };
    let (lists, ()) = tokio::join!(all, responding);
    assert_eq!(lists.into_iter().filter(Result::is_ok).count(), 100);
    assert_eq!(server.fetches.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn a_list_is_fetched_again_after_a_write_to_its_area_or_at_its_maximum_age() {
    let (snapshot, epochs) = (Snapshot::<u64>::default(), Epochs::default());
    let fetches = AtomicU64::new(0);
    let read = |area| {
        let number = || fetches.fetch_add(1, Ordering::SeqCst);
        let fetch = move || {
            let list = number();
            async move { Ok(list) }
        };
        snapshot.read(&epochs, area, fetch)
    };
    assert_eq!(*read(&[Area::Users]).await.unwrap(), 0);
    drop(epochs.advance_on_drop(&[Area::Tokens]));
    assert_eq!(*read(&[Area::Users]).await.unwrap(), 0, "a write to tokens does not affect users");
    assert_eq!(*read(&[Area::Tokens]).await.unwrap(), 1);
    assert_eq!(*read(&[Area::Users, Area::Tokens]).await.unwrap(), 1);
    tokio::time::advance(MAX_AGE - Duration::from_millis(1)).await;
    assert_eq!(*read(&[Area::Users]).await.unwrap(), 1);
    tokio::time::advance(Duration::from_millis(1)).await;
    assert_eq!(*read(&[Area::Users]).await.unwrap(), 2, "too old");
}

#[tokio::test]
async fn the_next_reader_after_a_failed_fetch_starts_another_one() {
    let (snapshot, epochs) = (Snapshot::<u64>::default(), Epochs::default());
    let fails = || async { Err(Error::Config("down".to_owned())) };
    assert!(snapshot.read(&epochs, &[Area::Acl], fails).await.is_err());
    assert_eq!(*snapshot.read(&epochs, &[Area::Acl], || async { Ok(7) }).await.unwrap(), 7);
}

#[tokio::test]
async fn a_panic_in_a_fetch_is_an_error_for_its_readers_only() {
    let (snapshot, epochs) = (Snapshot::<u64>::default(), Epochs::default());
    let panics = || async { panic!("on purpose") };
    assert!(snapshot.read(&epochs, &[Area::Acl], panics).await.is_err());
    assert_eq!(*snapshot.read(&epochs, &[Area::Acl], || async { Ok(7) }).await.unwrap(), 7);
}

#[tokio::test]
async fn a_fetch_continues_when_its_first_reader_is_dropped() {
    let (snapshot, epochs) = (Snapshot::<u64>::default(), Epochs::default());
    let responses = Arc::new(Semaphore::new(0));
    let response = responses.clone();
    let waits = || async move {
        let _ = response.acquire().await;
        Ok(7)
    };
    let mut first = Box::pin(snapshot.read(&epochs, &[Area::Acl], waits));
    tokio::select! { biased;
        _ = &mut first => panic!("the fetch cannot have ended"),
        () = run_other_tasks() => {}
    }
    let second = snapshot.read(&epochs, &[Area::Acl], || async { Ok(8) });
    drop(first);
    responses.add_permits(1);
    assert_eq!(*second.await.unwrap(), 7);
}

/// Polls all futures concurrently until each has its output.
async fn join_all<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut waiting: Vec<_> = futures.map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(|context| {
        for (future, output) in waiting.iter_mut().filter(|(_, output)| output.is_none()) {
            if let std::task::Poll::Ready(value) = future.as_mut().poll(context) {
                *output = Some(value);
            }
        }
        match waiting.iter().all(|(_, output)| output.is_some()) {
            true => std::task::Poll::Ready(()),
            false => std::task::Poll::Pending,
        }
    })
    .await;
    waiting.into_iter().filter_map(|(_, output)| output).collect()
}

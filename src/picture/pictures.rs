//! A cache of pictures, which are drawn on another thread.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock, mpsc};
use std::thread;

use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{DefaultHashBuilder, OptionsBuilder, Weighter};
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

use super::{Dot, Drawing, Painter};

/// Maximum size of the cache in bytes. A person's picture takes 15 kB; those of the shipped questions all fit.
const CAPACITY: u64 = 5 * 1024 * 1024;

/// Drawn pictures. Clones are cheap and share them.
///
/// One picture is drawn at a time, on a thread of its own: drawing takes a core for some milliseconds, and answering is more
/// urgent. It is always the same thread, because an allocator keeps the memory of the pixels for each thread that drew.
#[derive(Clone)]
pub struct Pictures {
    shared: Arc<Shared>,
}

struct Shared {
    /// Finished pictures, and those being drawn, so that no picture is drawn twice at the same time.
    drawn: Cache<Drawing, Arc<[u8]>, Size>,
    /// The thread that draws, started with the first picture.
    thread: OnceLock<mpsc::Sender<Job>>,
    draw: fn(&mut Painter, &Drawing) -> Vec<u8>,
}

/// A picture to draw, and where its file goes.
type Job = (Drawing, oneshot::Sender<Vec<u8>>);

/// The size of a kept picture: its file, its description and the cache's own entry.
#[derive(Clone)]
struct Size;

impl Weighter<Drawing, Arc<[u8]>> for Size {
    fn weight(&self, drawing: &Drawing, file: &Arc<[u8]>) -> u64 {
        let bytes = file.len() + drawing.dots.len() * size_of::<Dot>() + 256;
        u64::try_from(bytes).expect("memory is counted in 64 bits at most")
    }
}

impl Default for Pictures {
    fn default() -> Self {
        Self::drawn_by(Painter::png)
    }
}

impl fmt::Debug for Pictures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pictures").field("kept", &self.shared.drawn.len()).finish_non_exhaustive()
    }
}

impl Pictures {
    fn drawn_by(draw: fn(&mut Painter, &Drawing) -> Vec<u8>) -> Self {
        // One shard: if there were as many as cores, each would have a part of the capacity, and they would fill
        // unevenly.
        let options = OptionsBuilder::new().shards(1).estimated_items_capacity(300).weight_capacity(CAPACITY).build();
        let options = options.expect("both capacities are set");
        let drawn = Cache::with_options(options, Size, DefaultHashBuilder::default(), DefaultLifecycle::default());
        Self { shared: Arc::new(Shared { drawn, thread: OnceLock::new(), draw }) }
    }

    /// Returns the picture as a PNG: at once if it was drawn before, else as soon as it is drawn. `None` if that is not
    /// done by the deadline, or if drawing failed. A picture that misses the deadline is drawn all the same, for the
    /// next call.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub async fn png(&self, drawing: &Drawing, deadline: Instant) -> Option<Arc<[u8]>> {
        if let Some(file) = self.shared.drawn.get(drawing) {
            return Some(file);
        }
        let (shared, drawing) = (Arc::clone(&self.shared), drawing.clone());
        let drawn = tokio::spawn(async move { shared.png(drawing).await });
        timeout_at(deadline, drawn).await.ok()?.ok()?
    }
}

impl Shared {
    async fn png(&self, drawing: Drawing) -> Option<Arc<[u8]>> {
        let drawn = self.drawn.get_or_insert_async(&drawing, async {
            let (done, file) = oneshot::channel();
            // If there is no thread, `done` is dropped, and waiting for the file fails.
            let _ = self.thread().send((drawing.clone(), done));
            file.await.map(Arc::from)
        });
        drawn.await.inspect_err(|_| tracing::error!("a picture could not be drawn")).ok()
    }

    fn thread(&self) -> &mpsc::Sender<Job> {
        self.thread.get_or_init(|| {
            let draw = self.draw;
            let (thread, jobs) = mpsc::channel::<Job>();
            let draw_all = move || {
                let mut painter = Painter::default();
                for (drawing, done) in jobs {
                    // The panic hook tells of a panic; it costs this picture.
                    match catch_unwind(AssertUnwindSafe(|| draw(&mut painter, &drawing))) {
                        Ok(file) => drop(done.send(file)),
                        Err(_) => painter = Painter::default(),
                    }
                }
            };
            if let Err(error) = thread::Builder::new().name("pictures".to_owned()).spawn(draw_all) {
                tracing::error!(%error, "no thread to draw pictures on: messages go without");
            }
            thread
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;
    use crate::picture::{BothRegion, Place, Regions, Shape};

    /// The `index`-th of many drawings.
    fn drawing(index: usize) -> Drawing {
        let percent = |value: usize| u8::try_from(value % 100).expect("less than 100");
        let regions = Regions { clear: None, both: BothRegion { low: 30, ratio: 45, clear: 30 } };
        Drawing::person(regions, Place { cto: percent(index), cio: percent(index / 100) }, Shape::Both)
    }

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(60)
    }

    #[tokio::test]
    async fn each_picture_is_drawn_once_for_all_who_ask() {
        static DRAWN: AtomicUsize = AtomicUsize::new(0);
        let pictures = Pictures::drawn_by(|_, _| {
            DRAWN.fetch_add(1, Ordering::SeqCst);
            vec![7]
        });
        let drawing = drawing(0);
        let (one, other) = tokio::join!(pictures.png(&drawing, soon()), pictures.png(&drawing, soon()));
        assert_eq!((one.as_deref(), other.as_deref()), (Some(&[7][..]), Some(&[7][..])));
        assert!(pictures.clone().png(&drawing, soon()).await.is_some());
        assert_eq!(DRAWN.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn a_kept_picture_is_there_after_the_deadline_and_another_is_not() {
        let pictures = Pictures::drawn_by(|_, _| vec![7]);
        let passed = Instant::now() - Duration::from_secs(1);
        assert_eq!(pictures.png(&drawing(0), passed).await, None);
        // It was drawn all the same: the second call only waits for the first drawing to end.
        assert!(pictures.png(&drawing(0), soon()).await.is_some());
        assert!(pictures.png(&drawing(0), passed).await.is_some());
        assert_eq!(pictures.png(&drawing(1), passed).await, None);
    }

    #[tokio::test]
    async fn a_panic_costs_one_picture_once() {
        static DRAWN: AtomicUsize = AtomicUsize::new(0);
        let pictures = Pictures::drawn_by(|_, _| {
            assert!(DRAWN.fetch_add(1, Ordering::SeqCst) > 0, "the first drawing fails");
            vec![7]
        });
        assert_eq!(pictures.png(&drawing(0), soon()).await, None);
        assert!(pictures.png(&drawing(0), soon()).await.is_some());
    }

    #[tokio::test]
    async fn pictures_are_kept_within_their_bound() {
        let pictures = Pictures::drawn_by(|_, _| vec![7; 16 * 1024]);
        for index in 0..280 {
            assert!(pictures.png(&drawing(index), soon()).await.is_some());
        }
        for index in 0..280 {
            assert!(pictures.png(&drawing(index), Instant::now()).await.is_some(), "{index} of few is kept");
        }
        for index in 280..1000 {
            assert!(pictures.png(&drawing(index), soon()).await.is_some());
        }
        let kept = pictures.shared.drawn.weight();
        assert!(kept <= CAPACITY && kept > CAPACITY / 2, "{kept} bytes are kept");
    }
}

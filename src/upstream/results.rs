//! Receiving the results of a bulk job while they are passed on, in bounded memory.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use reqwest::Response;
use tokio::time::timeout;

use super::{Answer, RawAnswer, Upstream, UpstreamError, next_results};
use crate::limits::Admitted;
use crate::salesforce::Operation;
use crate::salesforce::bulk::ResultsLocator;
use crate::salesforce::rest::Request;
use crate::salesforce::rest::bulk::next_page;

/// The longest that one page of results may take altogether.
const LONGEST: Duration = Duration::from_secs(3600);

/// The most pages of one download: none makes a reader walk for ever.
const MOST_PAGES: u32 = 10_000;

/// The results of an admitted operation, page by page.
pub struct Results<'a> {
    upstream: &'a Upstream,
    admitted: Admitted,
    page: Response,
    next: Option<ResultsLocator>,
    pages: u32,
}

impl fmt::Debug for Results<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Results").field("pages", &self.pages).finish_non_exhaustive()
    }
}

impl Upstream {
    /// Asks for results that were permitted and admitted. `Ok(Err(…))` is an answer that is no
    /// success.
    pub async fn receive(
        &self,
        admitted: Admitted,
    ) -> Result<Result<Results<'_>, Answer>, UpstreamError> {
        let request = admitted.request();
        let (mut page, serial) = self.open(request).await?;
        if page.status().as_u16() == 401 && self.tokens.renewable() {
            self.tokens.refused(serial).await;
            page = self.open(request).await?.0;
        }
        if page.status().as_u16() != 200 {
            let refused = self.whole(page).await?;
            return Ok(Err(Answer::of(admitted, refused)));
        }
        let next = next_results(page.headers());
        Ok(Ok(Results { upstream: self, admitted, page, next, pages: 1 }))
    }

    /// Its answer is read as it comes, whole, whatever the request wants of it.
    async fn open(&self, request: &Request) -> Result<(Response, u64), UpstreamError> {
        let (builder, serial) = self.builder(request).await?;
        let sent = timeout(self.connection.timeout(), builder.timeout(LONGEST).send()).await;
        let page = sent.map_err(|_elapsed| UpstreamError::Timeout)?;
        let page = page.map_err(UpstreamError::from_exchange)?;
        self.note_usage(page.headers());
        Ok((page, serial))
    }

    /// A refusal, which is short.
    async fn whole(&self, mut page: Response) -> Result<RawAnswer, UpstreamError> {
        let mut body = bytes::BytesMut::new();
        while let Some(chunk) = self.chunk(&mut page).await? {
            if body.len().saturating_add(chunk.len()) > self.connection.most_bytes() {
                return Err(UpstreamError::TooLarge { limit: self.connection.most_bytes() });
            }
            body.extend_from_slice(&chunk);
        }
        let headers = std::mem::take(page.headers_mut());
        Ok(RawAnswer { status: page.status().as_u16(), headers, body: body.freeze() })
    }

    async fn chunk(&self, page: &mut Response) -> Result<Option<Bytes>, UpstreamError> {
        let chunk = timeout(self.connection.timeout(), page.chunk()).await;
        let chunk = chunk.map_err(|_elapsed| UpstreamError::Timeout)?;
        chunk.map_err(UpstreamError::from_exchange)
    }
}

impl Results<'_> {
    /// The next piece of the page; `None` at its end.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, UpstreamError> {
        self.upstream.chunk(&mut self.page).await
    }

    /// Goes on to the next page; false where there is none.
    pub async fn next_page(&mut self) -> Result<bool, UpstreamError> {
        let Some(locator) = self.next.take() else { return Ok(false) };
        let unlike = || UpstreamError::Setup("the results have too many pages".to_owned());
        let Operation::Bulk(operation) = self.admitted.permitted().resolved().operation() else {
            return Err(unlike());
        };
        let base = self.upstream.version.base();
        let request = next_page(operation, &locator, &base).ok_or_else(unlike)?;
        self.pages = self.pages.saturating_add(1);
        if self.pages > MOST_PAGES {
            return Err(unlike());
        }
        let (mut page, serial) = self.upstream.open(&request).await?;
        if page.status().as_u16() == 401 && self.upstream.tokens.renewable() {
            self.upstream.tokens.refused(serial).await;
            page = self.upstream.open(&request).await?.0;
        }
        if page.status().as_u16() != 200 {
            return Err(UpstreamError::Refused(page.status().as_u16()));
        }
        self.next = next_results(page.headers());
        self.page = page;
        Ok(true)
    }

    /// What was permitted.
    pub fn admitted(&self) -> &Admitted {
        &self.admitted
    }
}

package fetch

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"
)

// ErrTooLarge is returned for a file that is larger than its limit.
var ErrTooLarge = errors.New("fetch: the file is too large")

// Save pours the file at the address into w and returns what its server calls
// its type. Like every call it follows no redirect. Answers other than 200 are in
// the Answer alone, with nothing poured; an error is ErrTooLarge, w's, or an *Error.
func (c *Client) Save(ctx context.Context, url string, limit int64, w io.Writer) (Answer, error) {
	if err := CheckURL(url, c.options.AllowPrivate); err != nil {
		return Answer{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, c.options.Timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return Answer{}, explain(err)
	}
	request.Header.Set("User-Agent", c.options.UserAgent)
	start := time.Now()
	response, err := c.http.Do(request)
	if err != nil {
		return Answer{Took: time.Since(start)}, explain(err)
	}
	defer response.Body.Close()
	answer := Answer{Status: response.StatusCode, Header: safeHeader(response.Header)}
	if response.StatusCode != http.StatusOK {
		return answer, nil
	}
	n, err := io.Copy(w, io.LimitReader(response.Body, limit+1))
	answer.Took = time.Since(start)
	if err == nil && n > limit {
		err = ErrTooLarge
	}
	return answer, err
}

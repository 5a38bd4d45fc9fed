package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path"
	"strings"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// partSize is what an upload of unknown length holds in memory; the least S3
// takes, and enough for 48 GiB in its 10,000 parts.
const partSize = 5 << 20

// bucket keeps blobs as objects of an S3-compatible store.
type bucket struct {
	client       *minio.Client
	name, prefix string
}

func openBucket(u *url.URL) (Store, error) {
	name, prefix, _ := strings.Cut(strings.Trim(u.Path, "/"), "/")
	secret, _ := u.User.Password()
	client, err := minio.New(u.Host, &minio.Options{MaxRetries: 2, // who waits for more is gone; the sweeper and the workers come again
		Creds:  credentials.NewStaticV4(u.User.Username(), secret, ""),
		Secure: u.Query().Get("tls") != "false", Region: u.Query().Get("region")})
	if err != nil {
		return nil, errors.New("BLOB_URL: " + err.Error())
	}
	return &bucket{client, name, prefix}, nil
}

func (b *bucket) key(name string) string { return path.Join(b.prefix, name) }

// Write uploads in parts; the object appears when the last one is there.
func (b *bucket) Write(ctx context.Context, name string, r io.Reader) (int64, error) {
	if err := checkName(name); err != nil {
		return 0, err
	}
	done, err := b.client.PutObject(ctx, b.name, b.key(name), r, -1,
		// Each part carries its MD5 under the signature; minio's own chunked signing is not read by every store.
		minio.PutObjectOptions{ContentType: "application/octet-stream", PartSize: partSize, SendContentMd5: true, DisableContentSha256: true})
	return done.Size, away(err)
}

// away marks an error of a store that does not do what it is asked.
func away(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", ErrAway, err)
}

// Read asks for the range; a range of nothing is no request.
func (b *bucket) Read(ctx context.Context, name string, offset, length int64) (io.ReadCloser, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	var o minio.GetObjectOptions
	if err := o.SetRange(offset, offset+length-1); err != nil {
		return nil, err
	}
	object, _, _, err := minio.Core{Client: b.client}.GetObject(ctx, b.name, b.key(name), o)
	if minio.ToErrorResponse(err).Code == minio.NoSuchKey {
		return nil, ErrGone
	}
	return object, away(err)
}

// Remove removes the object; S3 does not mind one that is not there.
func (b *bucket) Remove(ctx context.Context, name string) error {
	if err := checkName(name); err != nil {
		return err
	}
	return away(b.client.RemoveObject(ctx, b.name, b.key(name), minio.RemoveObjectOptions{}))
}

// Check asks whether the bucket is there.
func (b *bucket) Check(ctx context.Context) error {
	there, err := b.client.BucketExists(ctx, b.name)
	if err == nil && !there {
		err = errors.New("there is no bucket " + b.name)
	}
	return err
}

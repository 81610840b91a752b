package watch

import (
	"bytes"
	"encoding/csv"
	"strconv"

	"github.com/pkg/errors"

	"github.com/elman-go/elman/trainers"
)

// CSV writes every number as a row of a table in long form. That form takes names that only some steps
// have, or that come late, as they are:
//
//	step,epoch,seconds,name,value
//	20,0,1.5,loss,2.31
//
// Texts, histograms and curves are left out. As to when and where it writes, it is as JSON.
type CSV struct {
	Path string // of the file; its folders are made
	lines

	row   [5]string
	text  bytes.Buffer
	table *csv.Writer
}

var _ writer = (*CSV)(nil)

// Start implements trainers.Starter.
func (c *CSV) Start(r *trainers.Run) error {
	if err := begins(c, r); err != nil {
		return err
	}
	c.table = csv.NewWriter(&c.text)
	return c.open(r, c.Path, format{header: "step,epoch,seconds,name,value\n", parse: func(line []byte) (int, string, error) {
		row, err := csv.NewReader(bytes.NewReader(line)).Read()
		if err != nil {
			return 0, "", errors.WithStack(err)
		}
		if len(row) != 5 {
			return 0, "", errors.Errorf("%d fields, want 5", len(row))
		}
		step, err := strconv.Atoi(row[0])
		return step, row[3], errors.Wrap(err, "step")
	}})
}

// Event implements trainers.Listener.
func (c *CSV) Event(_ *trainers.Run, e trainers.Event) error {
	if err := ready(c); err != nil {
		return err
	}
	e = clean(e)
	v, ok := e.Value.(float64)
	if !ok {
		return nil
	}
	if c.table == nil {
		return errors.New("the file is closed")
	}
	c.row = [5]string{
		strconv.Itoa(e.Step), strconv.Itoa(e.Epoch), strconv.FormatFloat(e.Elapsed.Seconds(), 'f', 3, 64),
		e.Name, strconv.FormatFloat(v, 'g', -1, 64),
	}
	c.text.Reset()
	if err := c.table.Write(c.row[:]); err != nil {
		return errors.WithStack(err)
	}
	c.table.Flush()
	return c.write(c.text.Bytes())
}

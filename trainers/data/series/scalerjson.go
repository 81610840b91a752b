package series

import (
	"bytes"
	"encoding/json"

	"github.com/pkg/errors"
)

var _ json.Unmarshaler = (*Scaler)(nil)

// UnmarshalJSON implements json.Unmarshaler. It also reads what was written when all columns were
// standardised, {"log": false, "mean": [2], "scale": [1.5]}.
//
// It is an error if there is a field of another name, if a scale is not above 0, if a logarithm is
// none of those there are, or if the means are not as many as the scales.
func (s *Scaler) UnmarshalJSON(b []byte) error {
	var read []ColumnScaler
	var err error
	if bytes.HasPrefix(b, []byte("{")) {
		read, err = standardised(b)
	} else {
		err = unmarshalStrict(b, &read)
	}
	if err != nil {
		return errors.Wrap(err, "scaler")
	}
	for j, c := range read {
		if err := c.check(); err != nil {
			return errors.Wrapf(err, "scaler: %s", Scaler(read).column(j))
		}
	}
	*s = read
	return nil
}

func standardised(b []byte) ([]ColumnScaler, error) {
	var file struct {
		Log         bool
		Mean, Scale []float64
	}
	if err := unmarshalStrict(b, &file); err != nil {
		return nil, err
	}
	if len(file.Mean) != len(file.Scale) {
		return nil, errors.Errorf("%d means and %d scales, wanted as many", len(file.Mean), len(file.Scale))
	}
	columns := make([]ColumnScaler, len(file.Mean))
	for j := range columns {
		columns[j] = ColumnScaler{Center: file.Mean[j], Scale: file.Scale[j]}
		if file.Log {
			columns[j].Log = Log
		}
	}
	return columns, nil
}

// unmarshalStrict refuses a misspelt field, which would be read as 0.
func unmarshalStrict(b []byte, v any) error {
	decoder := json.NewDecoder(bytes.NewReader(b))
	decoder.DisallowUnknownFields()
	return decoder.Decode(v)
}

"""Tables as pandas writes them, for TestTablesOfPandas: python3 tables.py writes to the folder of this file.

Made with pandas 3.1.1. Each has the hours from 22:00 on 30 March 2024 in Berlin, over the change to summer time, or days
or months, and the values 1.5, 2.5, 3.5, 4.5.
"""
import os
import pandas as pd

os.chdir(os.path.dirname(os.path.abspath(__file__)))
load = [1.5, 2.5, 3.5, 4.5]
utc = pd.date_range("2024-03-30 22:00", periods=4, freq="h", tz="UTC")
berlin = utc.tz_convert("Europe/Berlin")
naive = utc.tz_localize(None)
days = pd.date_range("2024-03-30", periods=4, freq="D")
months = pd.period_range("2024-03", periods=4, freq="M")
quarters = pd.period_range("2024Q1", periods=4, freq="Q")
frame = pd.DataFrame({"hour": naive, "load": load})

frame.to_csv("pandas-counter.csv")
frame.set_index("hour").rename_axis(None).to_csv("pandas-unnamed-dates.csv")
frame.set_index("hour").to_csv("pandas-index.csv")
pd.DataFrame({"hour": utc, "load": load}).to_csv("pandas-utc.csv", index=False)
pd.DataFrame({"hour": berlin, "load": load}).to_csv("pandas-berlin.csv", index=False)
pd.DataFrame({"hour": berlin, "load": load}).to_csv("pandas-offset.csv", index=False, date_format="%Y-%m-%dT%H:%M:%S%z")
pd.DataFrame({"hour": naive + pd.Timedelta("250ms"), "load": load}).to_csv("pandas-millis.csv", index=False)
pd.DataFrame({"day": days, "load": load}).to_csv("pandas-days.csv", index=False)
pd.DataFrame({"month": months, "load": load}).to_csv("pandas-months.csv", index=False)
pd.DataFrame({"quarter": quarters, "load": load}).to_csv("pandas-quarters.csv", index=False)
pd.DataFrame({"hour": naive.astype("datetime64[s]").astype("int64"), "load": load}).to_csv("pandas-seconds.csv", index=False)
pd.DataFrame({"hour": naive.astype("datetime64[ms]").astype("int64"), "load": load}).to_csv("pandas-millis-since-1970.csv", index=False)
frame.to_csv("pandas-german.csv", index=False, sep=";", decimal=",", date_format="%d.%m.%Y %H:%M", encoding="utf-8-sig")
frame.to_csv("pandas-utf16.csv", index=False, sep="\t", encoding="utf-16")
frame.to_csv("pandas-american.csv", index=False, date_format="%m/%d/%Y %I:%M:%S %p")
pd.DataFrame({"hour": naive, "load": [1.5, None, 3.5, 4.5]}).to_csv("pandas-gap.csv", na_rep="<NA>")
frame.iloc[[0, 1, 3]].to_csv("pandas-filtered.csv")
pd.concat([frame.assign(shop="a"), frame.assign(shop="b")]).to_csv("pandas-panel.csv")
pd.DataFrame({"load": load}).to_csv("pandas-only-counter.csv")
pd.DataFrame([[1.5, 2.0], [2.5, 3.0]]).to_csv("pandas-no-names.csv")

from fourstroke_pandas.codec import FrameCodec

"""Reading cameras: RTSP, rings, keyframe decoding, clips, recorded files and the camera simulator."""

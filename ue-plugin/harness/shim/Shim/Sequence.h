// A stand-in for level sequences, as far as they say what they play.
//   https://dev.epicgames.com/documentation/en-us/unreal-engine/API/Runtime/LevelSequence/ULevelSequence/GetMovieScene (5.1), ULevelSequence (newest)
//   .../API/Runtime/MovieScene/UMovieScene/GetPlaybackRange, GetTickResolution, GetCameraCutTrack (5.3, 5.5)
//   .../API/Runtime/MovieScene/UMovieSceneSection/HasStartFrame, GetInclusiveStartFrame, GetExclusiveEndFrame (5.1, 5.4, newest)
//   .../API/Runtime/MovieSceneTracks/Tracks/UMovieSceneCameraCutTrack, whose GetAllSections is UMovieSceneTrack's (5.3, 5.4)
#pragma once

#include "Shim/Object.h"

/// API/Runtime/Core/Math/TRange: here always from the first to before the last.
template <typename T>
class TRange
{
public:
	TRange(T InLower, T InUpper) : Lower(InLower), Upper(InUpper) {}
	bool HasLowerBound() const { return true; }
	bool HasUpperBound() const { return true; }
	T GetLowerBoundValue() const { return Lower; }
	T GetUpperBoundValue() const { return Upper; }

private:
	T Lower;
	T Upper;
};
class UMovieSceneSection : public UObject
{
public:
	SHIM_CLASS(UMovieSceneSection)
	bool IsActive() const { return bShimActive; }
	bool HasStartFrame() const { return bShimStart; }
	bool HasEndFrame() const { return true; }
	FFrameNumber GetInclusiveStartFrame() const
	{
		check(bShimStart);
		return ShimStart;
	}
	FFrameNumber GetExclusiveEndFrame() const { return ShimEnd; }
	bool bShimActive = true;
	bool bShimStart = true;
	FFrameNumber ShimStart;
	FFrameNumber ShimEnd;
};
class UMovieSceneTrack : public UObject
{
public:
	SHIM_CLASS(UMovieSceneTrack)
	virtual const TArray<UMovieSceneSection*>& GetAllSections() const { return ShimSections; }
	TArray<UMovieSceneSection*> ShimSections;
};
class UMovieScene : public UObject
{
public:
	SHIM_CLASS(UMovieScene)
	TRange<FFrameNumber> GetPlaybackRange() const { return ShimPlays; }
	FFrameRate GetDisplayRate() const { return ShimDisplay; }
	FFrameRate GetTickResolution() const { return ShimTicks; }
	UMovieSceneTrack* GetCameraCutTrack() const { return ShimCuts; }
	FFrameRate ShimDisplay{25, 1};
	/// The engine's own.
	FFrameRate ShimTicks{24000, 1};
	TRange<FFrameNumber> ShimPlays{0, 0};
	UMovieSceneTrack* ShimCuts = nullptr;
};
class ULevelSequence : public UObject
{
public:
	SHIM_CLASS(ULevelSequence)
	virtual UMovieScene* GetMovieScene() const { return ShimScene; }
	UMovieScene* ShimScene = nullptr;
};

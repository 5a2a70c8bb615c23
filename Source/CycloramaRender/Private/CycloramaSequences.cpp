#include "CycloramaSequences.h"

#include "LevelSequence.h"
#include "MovieScene.h"
#include "MovieSceneSection.h"
#include "MovieSceneTrack.h"

namespace
{
	/// Far beyond every take: where a section has no bound.
	constexpr int32 Open = 100000000;

	/// The scene counts in ticks; people and presets count in frames.
	class FFrames
	{
	public:
		explicit FFrames(const UMovieScene& Scene) : Ticks(Scene.GetTickResolution()), Rate(Scene.GetDisplayRate()) {}
		/// The frame that begins at the tick: of rates such as 30000/1001 it is the nearest, as ticks are whole.
		int32 At(FFrameNumber Tick) const { return FFrameRate::TransformTime(FFrameTime(Tick), Ticks, Rate).RoundToFrame().Value; }

	private:
		FFrameRate Ticks;
		FFrameRate Rate;
	};
}

FCycloramaSequence CycloramaSequences::Read(UObject* Asset)
{
	FCycloramaSequence Read;
	const auto* Sequence = Cast<ULevelSequence>(Asset);
	const UMovieScene* Scene = Sequence ? Sequence->GetMovieScene() : nullptr;
	if (!Scene)
	{
		return Read;
	}
	const FFrames Frames(*Scene);
	const TRange<FFrameNumber> Plays = Scene->GetPlaybackRange();
	Read.bKnown = true;
	Read.Rate = Scene->GetDisplayRate();
	Read.Plays.First = Plays.HasLowerBound() ? Frames.At(Plays.GetLowerBoundValue()) : -Open;
	Read.Plays.End = Plays.HasUpperBound() ? Frames.At(Plays.GetUpperBoundValue()) : Open;
	if (const UMovieSceneTrack* Track = Scene->GetCameraCutTrack())
	{
		for (const UMovieSceneSection* Section : Track->GetAllSections())
		{
			if (Section && Section->IsActive())
			{
				FCycloramaSpan Cut;
				Cut.First = Section->HasStartFrame() ? Frames.At(Section->GetInclusiveStartFrame()) : -Open;
				Cut.End = Section->HasEndFrame() ? Frames.At(Section->GetExclusiveEndFrame()) : Open;
				Read.Cuts.Add(Cut);
			}
		}
	}
	return Read;
}

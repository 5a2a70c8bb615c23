// Draws ranges for a worker that started this engine, by Movie Render Queue or Movie Render Graph.
#pragma once

#include "CoreMinimal.h"
#include "Containers/Ticker.h"
#include "CycloramaRenderJob.h"
#include "MoviePipelineExecutor.h"
#include "MoviePipelineInProcessExecutor.h"
#include "MoviePipelineQueue.h"
#include "MovieRenderPipelineDataTypes.h"

#include "CycloramaWorkerExecutor.generated.h"

UCLASS()
class CYCLORAMARENDER_API UCycloramaWorkerExecutor : public UMoviePipelineExecutorBase
{
	GENERATED_BODY()

public:
	/// The queue of the command line is not used: the worker says what to draw.
	void Execute_Implementation(UMoviePipelineQueue* InPipelineQueue) override;
	bool IsRendering_Implementation() const override { return Host.IsValid(); }
	void CancelAllJobs_Implementation() override;

private:
	bool Tick(float DeltaTime);
	/// Empty when drawing began, else why it cannot.
	FString Draw();
	void End();
	void OnWorkFinished(FMoviePipelineOutputData Output);
	void OnRangeFinished(UMoviePipelineExecutorBase* Executor, bool bSuccess);

	/** What draws the range in hand. */
	UPROPERTY(Transient)
	TObjectPtr<UMoviePipelineInProcessExecutor> Inner;

	/** That range, as a queue of one job. */
	UPROPERTY(Transient)
	TObjectPtr<UMoviePipelineQueue> Range;

	TUniquePtr<FCycloramaHost> Host;
	FCycloramaTask Task;
	bool bDrawing = false;
	bool bStopping = false;
	bool bGood = true;
	FTSTicker::FDelegateHandle Ticker;
};

// Sends a Movie Render Queue to workers: choose it in Project Settings, Movie Render Pipeline, as remote executor.
#pragma once

#include "CoreMinimal.h"
#include "Containers/Ticker.h"
#include "CycloramaRenderJob.h"
#include "MoviePipelineExecutor.h"
#include "MoviePipelineQueue.h"

#include "CycloramaSubmitExecutor.generated.h"

UCLASS()
class CYCLORAMARENDER_API UCycloramaSubmitExecutor : public UMoviePipelineExecutorBase
{
	GENERATED_BODY()

public:
	void Execute_Implementation(UMoviePipelineQueue* InPipelineQueue) override;
	bool IsRendering_Implementation() const override { return Work.IsValid(); }
	void CancelAllJobs_Implementation() override;
	void CancelCurrentJob_Implementation() override;

	/// What a job of the queue asks for. Its take is named by its user data, else by its name.
	static FCycloramaRenderOrder OrderOf(UMoviePipelineExecutorJob& Job);

private:
	bool Tick(float DeltaTime);
	/// Sends the next job that the queue wants pictures of; false when there is none.
	bool Begin();
	void Tell(UMoviePipelineExecutorJob& Job, ECycloramaWorkState State);
	/// Logs it, and tells who watches the queue.
	void Err(const FString& Why);

	/** The queue in hand. */
	UPROPERTY(Transient)
	TObjectPtr<UMoviePipelineQueue> Queue;

	/** Its jobs as they were when it was sent. */
	UPROPERTY(Transient)
	TArray<TObjectPtr<UMoviePipelineExecutorJob>> Jobs;

	int32 Current = 0;
	/// Lines of the job in hand that were logged.
	int32 Heard = 0;
	bool bCancelled = false;
	TSharedPtr<FCycloramaWork> Work;
	FTSTicker::FDelegateHandle Ticker;
};
